package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.Frame;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.session.SentFrame.Transmission;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;

/**
 * Go's protocol: {@code docs/PROTOCOL.md} 2. Whoever knows the session's name joins. Each data frame is acknowledged on the
 * subflow that it came on. What does not fit is dropped, for the peer to repeat; there is no credit. The ends of the
 * connections are all that tells how the stream ends.
 */
final class BaseProfile implements SessionProfile {

    private final boolean joins;
    private final Membership membership;
    private final SubflowSet subflows;
    private final Inbox inbox;
    private final SendQueue sendQueue;
    private final SendWindow sendWindow;
    private final ReceiveWindow receiveWindow;
    private final Retransmitter retransmitter;
    private final Liveness liveness;
    private final Losses losses;
    private final Transmitter transmitter;

    /** There is none to wait for. */
    private final SendCredit unlimited = SendCredit.unlimited();

    BaseProfile(
            boolean joins,
            Membership membership,
            SubflowSet subflows,
            Inbox inbox,
            SendQueue sendQueue,
            SendWindow sendWindow,
            ReceiveWindow receiveWindow,
            Retransmitter retransmitter,
            Liveness liveness,
            Losses losses,
            Transmitter transmitter) {
        this.joins = joins;
        this.membership = membership;
        this.subflows = subflows;
        this.inbox = inbox;
        this.sendQueue = sendQueue;
        this.sendWindow = sendWindow;
        this.receiveWindow = receiveWindow;
        this.retransmitter = retransmitter;
        this.liveness = liveness;
        this.losses = losses;
        this.transmitter = transmitter;
    }

    @Override
    public Profile name() {
        return Profile.BASE;
    }

    // ---- subflows

    @Override
    public boolean acceptsJoins() {
        return joins;
    }

    @Override
    public JoinOffer offerJoin() {
        return JoinOffer.BASE;
    }

    @Override
    public Handshake newHandshake(JoinOffer offer, long nowNanos) {
        return Handshake.none();
    }

    @Override
    public void begin(SubflowControl first, long nowNanos) {
        for (SubflowControl joining : List.copyOf(subflows.joining())) {
            joining.handshake().finish();
            membership.activate(joining, nowNanos);
        }
    }

    @Override
    public void announceClosed(SubflowControl subflow, long code, String reason) {
        // It sees the end of the connection.
    }

    @Override
    public Frame farewell(SubflowControl subflow, long code, String reason) {
        return null;
    }

    /** If in disorder, the others show whether the peer goes on. */
    @Override
    public void onLost(SubflowControl subflow, Throwable cause, long nowNanos) {
        subflows.members().forEach(this::askIfPeerLives);
    }

    private void askIfPeerLives(SubflowControl subflow) {
        if (losses.unanswered() != null) {
            subflow.pings().request();
        }
    }

    @Override
    public void onStale(SubflowControl subflow, long nowNanos) {
        // The peer finds that out by itself.
    }

    @Override
    public void setBackup(SubflowControl subflow, boolean backup) {
        throw new IllegalStateException("the peer speaks the base profile, which knows no backups");
    }

    /** A Go peer that has stopped reading does not answer. */
    @Override
    public boolean isPeerAlwaysReading() {
        return false;
    }

    /** They would take the place of others in a Go peer's queue. */
    @Override
    public boolean toleratesCopies() {
        return false;
    }

    @Override
    public SendCredit sendCredit() {
        return unlimited;
    }

    // ---- frames

    @Override
    public void onFrame(SubflowControl subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        if (frame instanceof AckFrame ack) {
            onAck(subflow, ack.frameNumber(), nowNanos);
        } else if (frame instanceof ControlFrame control) {
            onControl(subflow, control, nowNanos);
        } else {
            throw new UnexpectedFrameException(frame + " in a session of the base profile");
        }
    }

    /** A ping is to be answered, a pong is an answer; the other numbers say nothing, as to the Go peer. */
    private void onControl(SubflowControl subflow, ControlFrame control, long nowNanos) {
        if (control.isPing()) {
            subflow.pings().requestPong();
        } else if (control.isPong()) {
            // Before the answer, which may make it longer.
            long overdueSinceNanos = nowNanos - subflow.retransmissionTimeoutNanos();
            if (subflow.onPong(nowNanos)) {
                retransmitter.onPong(subflow, overdueSinceNanos);
                losses.onAnswered(subflow.pings().sentAtNanos());
                askIfPeerLives(subflow);
            }
            liveness.onDelivered(subflow);
        }
    }

    @Override
    public void onData(SubflowControl subflow, long frameNumber, ByteBuf payload, long nowNanos) {
        int payloadBytes = payload.readableBytes();
        subflow.tracker().onReceived(payloadBytes);
        switch (receiveWindow.offer(frameNumber, payload)) {
            case ACCEPTED -> {
                subflow.onNewReceived(payloadBytes);
                subflow.pendingAcks().add(frameNumber);
            }
            case DUPLICATE -> subflow.pendingAcks().add(frameNumber);
            case DROPPED -> {
                // No acknowledgement: the peer will send it again, as it would to a Go receiver.
            }
        }
        inbox.discardIfUnread();
    }

    @Override
    public void onAck(
            SubflowControl subflow,
            long nextExpected,
            long maxDataBytes,
            long subflowFrames,
            long ackDelayMicros,
            long nowNanos)
            throws SubflowViolationException {
        onFrame(subflow, new CumulativeAckFrame(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros), nowNanos);
    }

    /** One frame has arrived, on the subflow that its acknowledgement comes on. */
    private void onAck(SubflowControl subflow, long frameNumber, long nowNanos) throws UnsentFrameAckedException {
        if (frameNumber >= sendWindow.nextFrameNumber()) {
            throw new UnsentFrameAckedException(frameNumber, sendWindow.nextFrameNumber());
        }
        SentFrame frame = sendWindow.get(frameNumber);
        if (frame == null) {
            return;
        }
        // A subflow delivers in order and its receiver acknowledges in order, on the same subflow; so an
        // acknowledgement tells which copy arrived, and that the receiver dropped what was sent before it.
        Transmission delivered = frame.transmissionOn(subflow);
        if (delivered != null) {
            boolean sampleRtt = frame.wasSentOnce() && !frame.isAcknowledged();
            subflow.onDelivered(
                    delivered, sampleRtt ? nowNanos - delivered.sentAtNanos : SubflowControl.NO_SAMPLE, nowNanos);
            frame.resolveOn(subflow);
            losses.onAnswered(delivered.sentAtNanos);
        }
        if (!frame.isAcknowledged()) {
            sendWindow.acknowledge(frame);
            retransmitter.onProgress();
        }
        if (delivered != null) {
            liveness.onDelivered(subflow);
            retransmitter.onDelivered(subflow, delivered);
        }
    }

    /**
     * Not while the application leaves a full receive buffer unread: so TCP pushes back. But acknowledgements of our own data
     * have to come in: a subflow that is not read could hold up the other direction for ever.
     */
    @Override
    public boolean wantsInput() {
        return receiveWindow.wantsInput() || !sendWindow.isEmpty() || !sendQueue.isEmpty();
    }

    // ---- sending

    @Override
    public void transmit(long nowNanos, FrameSink sink) {
        transmitter.transmitControl(nowNanos, sink);
        transmitter.transmitRepeated(nowNanos, sink);
        transmitLastResort(nowNanos, sink);
        transmitter.transmitNew(unlimited, nowNanos, sink);
        transmitter.noteUnused();
    }

    private void transmitLastResort(long nowNanos, FrameSink sink) {
        SubflowControl subflow = retransmitter.takeLastResort();
        SentFrame frame = sendWindow.lowest();
        if (subflow != null
                && frame != null
                && subflow.isWritable()
                && !subflow.terms().limits.isSpent()
                && subflow.state() != SubflowState.CLOSED) {
            transmitter.transmitAgain(frame, subflow, RepetitionCause.LAST_RESORT, nowNanos, sink);
        }
    }

    // ---- time

    @Override
    public void tellDue(FirstDue first) {
        first.offer(TimerName.LAST_RESORT, lastResortAtNanos());
    }

    @Override
    public void onTime(long nowNanos) {
        if (nowNanos >= lastResortAtNanos()) {
            retransmitter.onTimeout(subflows.members(), nowNanos);
        }
    }

    private long lastResortAtNanos() {
        boolean noneDelivers =
                subflows.active().isEmpty() && !subflows.members().isEmpty();
        return noneDelivers ? retransmitter.timeoutAtNanos() : Deadline.NONE;
    }

    // ---- the end

    @Override
    public boolean endsDirectionsApart() {
        return false;
    }

    @Override
    public boolean hasEndFrames() {
        return false;
    }

    @Override
    public boolean isOutputFinished() {
        return sendQueue.isEmpty() && sendWindow.unacknowledgedBytes() == 0;
    }

    @Override
    public void announceAbort(long code, String reason) {
        // Its connections are reset.
    }

    @Override
    public void announceLeaving(long nowNanos) {
        // Its connections end.
    }

    @Override
    public Duration resumptionTimeout() {
        return Duration.ZERO;
    }
}
