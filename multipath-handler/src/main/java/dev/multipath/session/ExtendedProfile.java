package dev.multipath.session;

import dev.multipath.codec.Frame;
import dev.multipath.codec.PathCloseFrame;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Negotiated between two ends of this implementation: {@code docs/PROTOCOL.md} 4. Subflows prove themselves; acknowledgements
 * tell of the whole session; credit bounds what is sent; frames say how all ends; and a session outlives its subflows.
 */
final class ExtendedProfile implements SessionProfile {

    /** Subflows that have not proved themselves may be so many at a time; each costs some hundred bytes. */
    static final int MAX_JOINING = 16;

    private final Consumer<SessionEvent> events;
    private final Duration joinTimeout;
    private final ExtendedFrames frames;
    private final JoinProtocol joins;
    private final HelloExchange hellos;
    private final SubflowSet subflows;
    private final SendWindow sendWindow;
    private final ReceiveWindow receiveWindow;
    private final SendCredit sendCredit;
    private final ReceiveCredit receiveCredit;
    private final Announcements announcements;
    private final Suspicion suspicion;
    private final Suspension suspension;
    private final SessionEnd end;
    private final Transmitter transmitter;
    private final Overtaking overtaking;

    private Throwable lastLoss;

    ExtendedProfile(
            Consumer<SessionEvent> events,
            Duration joinTimeout,
            ExtendedFrames frames,
            JoinProtocol joins,
            HelloExchange hellos,
            SubflowSet subflows,
            SendWindow sendWindow,
            ReceiveWindow receiveWindow,
            SendCredit sendCredit,
            ReceiveCredit receiveCredit,
            Announcements announcements,
            Suspicion suspicion,
            Suspension suspension,
            SessionEnd end,
            Transmitter transmitter,
            Overtaking overtaking) {
        this.events = events;
        this.joinTimeout = joinTimeout;
        this.frames = frames;
        this.joins = joins;
        this.hellos = hellos;
        this.subflows = subflows;
        this.sendWindow = sendWindow;
        this.receiveWindow = receiveWindow;
        this.sendCredit = sendCredit;
        this.receiveCredit = receiveCredit;
        this.announcements = announcements;
        this.suspicion = suspicion;
        this.suspension = suspension;
        this.end = end;
        this.transmitter = transmitter;
        this.overtaking = overtaking;
    }

    @Override
    public Profile name() {
        return Profile.EXTENDED;
    }

    // ---- subflows

    @Override
    public boolean acceptsJoins() {
        return end.state() != SessionState.FAILED && subflows.joining().size() < MAX_JOINING;
    }

    @Override
    public JoinOffer offerJoin() {
        return joins.offer();
    }

    @Override
    public Handshake newHandshake(JoinOffer offer, long nowNanos) {
        Handshake.State first = offer == null ? Handshake.State.EXPECTING : Handshake.State.REQUESTED;
        return Handshake.of(first, offer, nowNanos + joinTimeout.toNanos());
    }

    /** Of one that has never joined, or has left before, nobody need be told. */
    @Override
    public void announceClosed(SubflowControl subflow, long code, String reason) {
        if (subflows.isMember(subflow)) {
            announcements.closed(subflow.pathId(), code, reason);
        }
    }

    /**
     * Or the peer might see its end before it hears from another subflow what it means. It takes no such word before this end's proof
     * and HELLO, which may not have left yet.
     */
    @Override
    public Frame farewell(SubflowControl subflow, long code, String reason) {
        boolean heeded = subflow.isSettled() || subflow.outbox().isEmpty();
        return subflows.isMember(subflow) && heeded ? new PathCloseFrame(subflow.pathId(), code, reason) : null;
    }

    @Override
    public void onLost(SubflowControl subflow, Throwable cause, long nowNanos) {
        lastLoss = cause;
        announcements.onSubflowFailed(subflow);
        subflows.acknowledgeEverywhere(nowNanos);
        suspendIfAlone(nowNanos);
    }

    private void suspendIfAlone(long nowNanos) {
        if (!subflows.members().isEmpty() || end.failure() != null || end.isOver()) {
            return;
        }
        if (suspension.begin(resumptionTimeout().toNanos(), nowNanos)) {
            events.accept(new SessionEvent.OfSession(SessionEvent.OfSession.Kind.SUSPENDED));
        } else {
            failUnresumed();
        }
    }

    private void failUnresumed() {
        end.fail(new ResumptionTimeoutException(resumptionTimeout(), lastLoss));
    }

    @Override
    public void onStale(SubflowControl subflow, long nowNanos) {
        subflows.acknowledgeEverywhere(nowNanos);
        suspicion.tellOf(subflow);
    }

    @Override
    public void setBackup(SubflowControl subflow, boolean backup) {
        subflow.backupWish().here(backup);
        announcements.backup(subflow, subflow.isBackupHere());
        subflows.update();
    }

    @Override
    public boolean isPeerAlwaysReading() {
        return true;
    }

    @Override
    public boolean toleratesCopies() {
        return true;
    }

    @Override
    public SendCredit sendCredit() {
        return sendCredit;
    }

    // ---- frames

    @Override
    public void begin(SubflowControl first, long nowNanos) {
        sendWindow.underCount();
        // What has gone along with the request counts too.
        sendCredit.spend((int) sendWindow.addedBytes());
        receiveWindow.underCredit();
        frames.begin(first, nowNanos);
    }

    @Override
    public void onData(SubflowControl subflow, long frameNumber, ByteBuf payload, long nowNanos)
            throws SubflowViolationException {
        frames.onData(subflow, frameNumber, payload, nowNanos);
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
        frames.onAck(subflow, nextExpected, maxDataBytes, subflowFrames, ackDelayMicros, nowNanos);
    }

    @Override
    public void onFrame(SubflowControl subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        frames.onFrame(subflow, frame, nowNanos);
    }

    /** Always: credit bounds what comes. */
    @Override
    public boolean wantsInput() {
        return true;
    }

    @Override
    public void transmit(long nowNanos, FrameSink sink) {
        prepare(nowNanos);
        transmitter.transmitControl(nowNanos, sink);
        transmitter.transmitRepeated(nowNanos, sink);
        overtaking.transmitOverdue(nowNanos, sink);
        if (!transmitter.transmitNew(sendCredit, nowNanos, sink)) {
            askForCredit(nowNanos);
        } else if (end.isFinDue()) {
            transmitter.transmitFin(end, nowNanos, sink);
        }
        overtaking.transmitOvertaking(nowNanos, sink);
        transmitter.noteUnused();
    }

    /** What is due on subflows before their own control frames. */
    private void prepare(long nowNanos) {
        receiveCredit.tune(subflows.slowestRttNanos(), nowNanos);
        SubflowControl preferred = subflows.nearest();
        if (preferred == null) {
            return;
        }
        if (receiveCredit.isGrantDue()) {
            preferred.acks().request(nowNanos);
        }
        announcements.sendOn(preferred);
    }

    private void askForCredit(long nowNanos) {
        SubflowControl nearest = subflows.nearest();
        if (nearest != null) {
            sendCredit.onBlocked(nearest.retransmissionTimeoutNanos(), nowNanos);
        }
    }

    // ---- time

    @Override
    public void tellDue(FirstDue first) {
        for (int i = 0; i < subflows.members().size(); i++) {
            first.offer(TimerName.ACK, ackAtNanos(subflows.members().get(i)));
        }
        first.offer(TimerName.OVERDUE, overtaking.nextDeadlineNanos());
        first.offer(TimerName.CREDIT, sendCredit.askAtNanos());
        first.offer(TimerName.RESUMPTION, suspension.untilNanos());
    }

    @Override
    public void onTime(long nowNanos) {
        if (nowNanos >= sendCredit.askAtNanos()) {
            onCreditMissing(nowNanos);
        }
        if (nowNanos >= suspension.untilNanos()) {
            failUnresumed();
        }
    }

    private static long ackAtNanos(SubflowControl subflow) {
        return subflow.isWritable() ? subflow.acks().dueAtNanos() : Deadline.NONE;
    }

    private void onCreditMissing(long nowNanos) {
        if (sendCredit.takeAsk(nowNanos)) {
            subflows.members().forEach(subflow -> subflow.pings().request());
        }
    }

    // ---- the end

    @Override
    public boolean endsDirectionsApart() {
        return true;
    }

    @Override
    public boolean hasEndFrames() {
        return true;
    }

    @Override
    public boolean isOutputFinished() {
        return end.isOutputFinished();
    }

    @Override
    public void announceAbort(long code, String reason) {
        end.reset(code, reason);
    }

    @Override
    public void announceLeaving(long nowNanos) {
        end.leave(nowNanos);
    }

    @Override
    public Duration resumptionTimeout() {
        return hellos.resumptionTimeout();
    }
}
