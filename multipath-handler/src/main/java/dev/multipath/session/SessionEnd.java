package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.ResetFrame;
import io.netty.buffer.Unpooled;
import java.time.Duration;

/**
 * How the directions of the stream end, each by itself, and the session with them, in order or not: {@code
 * docs/PROTOCOL.md} 4.5. In the base profile both directions end at once, when the subflows are closed.
 */
final class SessionEnd {

    private final SendQueue sendQueue;
    private final SendWindow sendWindow;
    private final ReceiveWindow receiveWindow;
    private final SubflowSet subflows;
    private final CumulativeAcks acks;
    private final Suspension suspension;

    private SessionState state = SessionState.OPEN;
    private MultipathException failure;
    private long lingerUntilNanos = Deadline.NONE;
    private boolean leaving;

    private boolean finQueued;
    private boolean finSent;
    private boolean outputRefused;

    /** The peer has left too, or has said that it waits for nothing. */
    private boolean peerFinished;

    SessionEnd(
            SendQueue sendQueue,
            SendWindow sendWindow,
            ReceiveWindow receiveWindow,
            SubflowSet subflows,
            CumulativeAcks acks,
            Suspension suspension) {
        this.sendQueue = sendQueue;
        this.sendWindow = sendWindow;
        this.receiveWindow = receiveWindow;
        this.subflows = subflows;
        this.acks = acks;
        this.suspension = suspension;
    }

    SessionState state() {
        return state;
    }

    MultipathException failure() {
        return failure;
    }

    /** Whether there is no session to go on with. */
    boolean isGivenUp() {
        return state == SessionState.FAILED || state == SessionState.CLOSED;
    }

    /** Whether nothing but the last words leaves any more, and no timer matters. */
    boolean isLeaving() {
        return isGivenUp() || leaving;
    }

    // ---- one direction

    void shutdownOutput() {
        finQueued = true;
    }

    boolean isOutputShutdown() {
        return finQueued;
    }

    /** Whether {@link #takeFin} would give one. */
    boolean isFinDue() {
        return finQueued && !finSent && sendQueue.isEmpty() && sendWindow.hasRoom();
    }

    /** Numbers the FIN, which is due. */
    SentFrame takeFin() {
        finSent = true;
        return sendWindow.add(Unpooled.EMPTY_BUFFER);
    }

    /** Whether the peer has everything, the FIN and what it may have overtaken, or wants no more. */
    boolean isOutputFinished() {
        return outputRefused || (finSent && sendWindow.isEmpty());
    }

    /** The application has given something, perhaps nothing: a peer that reads no more cannot be sent it. */
    void onTaken() {
        if (outputRefused && !sendQueue.isEmpty()) {
            fail(new SessionResetException("the peer", ResetFrame.NO_READER, "it reads no more"));
        }
    }

    /** Whether both directions have ended in order. */
    boolean isOver() {
        return isOutputFinished() && receiveWindow.isEnded();
    }

    // ---- the session

    /** Takes no more from the application; says whether this is new. */
    boolean drain(long newLingerUntilNanos) {
        if (state != SessionState.OPEN) {
            return false;
        }
        state = SessionState.DRAINING;
        lingerUntilNanos = newLingerUntilNanos;
        shutdownOutput();
        return true;
    }

    long lingerUntilNanos() {
        return lingerUntilNanos;
    }

    /** The session can no more do what it was made for; the first cause counts. */
    void fail(MultipathException cause) {
        if (failure == null && state != SessionState.CLOSED) {
            failure = cause;
            state = SessionState.FAILED;
            suspension.stop();
        }
    }

    void onReleased() {
        state = SessionState.CLOSED;
    }

    /** The peer leaves, or has given the session up. */
    void onReset(SubflowControl subflow, ResetFrame reset) {
        MultipathException cause = judge(reset);
        if (cause != null) {
            fail(cause);
        } else if (subflow.outbox().stream().noneMatch(ResetFrame.class::isInstance)) {
            // It waits for this, and comes back for it if it is lost.
            subflow.outbox().add(new ResetFrame(ResetFrame.FINISHED, ""));
        }
    }

    /** What has failed by the peer's reset, or null if all had arrived that was to. */
    private MultipathException judge(ResetFrame reset) {
        peerFinished = true;
        if (isOver()) {
            // Everything has arrived, both ways; only the peer has not heard of it.
            return null;
        }
        if (reset.code() == ResetFrame.NO_READER && receiveWindow.isEnded()) {
            outputRefused = true;
            boolean refusedBytes = !sendQueue.isEmpty() || sendWindow.unacknowledgedBytes() > 0;
            return refusedBytes ? SessionResetException.by(reset) : null;
        }
        return SessionResetException.by(reset);
    }

    // ---- last words, of the extended profile

    /** Tells the peer how this end leaves, which has not failed. */
    void leave(long nowNanos) {
        leaving = true;
        reset(isOutputFinished() ? lastWord() : ResetFrame.LINGER_EXPIRED, "", nowNanos);
    }

    /** Of an end whose output is finished. */
    private long lastWord() {
        return receiveWindow.isEnded() ? ResetFrame.FINISHED : ResetFrame.NO_READER;
    }

    /** The peer waits for nothing any more. */
    void onPeerFinished() {
        peerFinished = true;
    }

    /** Whether the peer may still wait for this end's last word, which is none of failure. */
    boolean owesLastWord() {
        return failure == null && isOutputFinished() && !peerFinished;
    }

    /** What is left to be said when this end has left: that everything below the missing frame, if any, has arrived. */
    FinishedSession remains(ConnectionId connectionId, JoinProtocol joins, HelloFrame hello, Duration keptFor) {
        return new FinishedSession(
                connectionId,
                joins,
                hello,
                new CumulativeAckFrame(receiveWindow.nextExpected(), hello.maxDataBytes(), 0, 0),
                new ResetFrame(lastWord(), ""),
                keptFor);
    }

    void reset(long code, String reason) {
        subflows.members().forEach(subflow -> reset(subflow, code, reason, subflow.heardAtNanos()));
    }

    private void reset(long code, String reason, long nowNanos) {
        subflows.members().forEach(subflow -> reset(subflow, code, reason, nowNanos));
    }

    private void reset(SubflowControl subflow, long code, String reason, long nowNanos) {
        // Behind what was received, or the peer would take that for lost.
        subflow.outbox().add(acks.take(subflow, nowNanos));
        subflow.outbox().add(new ResetFrame(code, reason));
    }
}
