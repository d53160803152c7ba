package dev.multipath.session;

import dev.multipath.codec.Frame;
import io.netty.buffer.ByteBuf;
import java.time.Duration;

/**
 * While nothing was heard of the peer: {@code docs/PROTOCOL.md} 3. The first subflow is there, but belongs to nothing yet; no data
 * leave, and nobody joins it.
 */
final class UndecidedProfile implements SessionProfile {

    private final Duration joinTimeout;
    private final SubflowSet subflows;
    private final SendQueue sendQueue;

    UndecidedProfile(Duration joinTimeout, SubflowSet subflows, SendQueue sendQueue) {
        this.joinTimeout = joinTimeout;
        this.subflows = subflows;
        this.sendQueue = sendQueue;
    }

    @Override
    public Profile name() {
        return Profile.UNDECIDED;
    }

    /** If the first one is gone, the next decides. */
    @Override
    public boolean acceptsJoins() {
        return subflows.joining().isEmpty();
    }

    @Override
    public JoinOffer offerJoin() {
        return JoinOffer.BASE;
    }

    @Override
    public Handshake newHandshake(JoinOffer offer, long nowNanos) {
        return Handshake.of(Handshake.State.NEGOTIATING, offer, nowNanos + joinTimeout.toNanos());
    }

    @Override
    public void announceClosed(SubflowControl subflow, long code, String reason) {
        // None has joined.
    }

    @Override
    public Frame farewell(SubflowControl subflow, long code, String reason) {
        return null;
    }

    @Override
    public void onLost(SubflowControl subflow, Throwable cause, long nowNanos) {
        throw new IllegalStateException("none has joined");
    }

    @Override
    public void onStale(SubflowControl subflow, long nowNanos) {
        throw new IllegalStateException("none has joined");
    }

    @Override
    public void setBackup(SubflowControl subflow, boolean backup) {
        throw new IllegalStateException("it is not known yet whether the peer knows backups");
    }

    @Override
    public boolean isPeerAlwaysReading() {
        return false;
    }

    @Override
    public boolean toleratesCopies() {
        return false;
    }

    @Override
    public SendCredit sendCredit() {
        throw new IllegalStateException("nothing may be sent yet");
    }

    @Override
    public void begin(SubflowControl first, long nowNanos) {
        throw new IllegalStateException("no peer speaks that");
    }

    @Override
    public void onData(SubflowControl subflow, long frameNumber, ByteBuf payload, long nowNanos) {
        throw new IllegalStateException("the first frame decides");
    }

    @Override
    public void onAck(
            SubflowControl subflow,
            long nextExpected,
            long maxDataBytes,
            long subflowFrames,
            long ackDelayMicros,
            long nowNanos) {
        throw new IllegalStateException("the first frame decides");
    }

    @Override
    public void onFrame(SubflowControl subflow, Frame frame, long nowNanos) {
        throw new IllegalStateException("the first frame decides");
    }

    @Override
    public boolean wantsInput() {
        return true;
    }

    @Override
    public void transmit(long nowNanos, FrameSink sink) {
        // Nobody knows yet whether the peer is to prove itself first.
    }

    @Override
    public void tellDue(FirstDue first) {
        // The handshake's is enough.
    }

    @Override
    public void onTime(long nowNanos) {
        // As above.
    }

    @Override
    public boolean endsDirectionsApart() {
        return true;
    }

    @Override
    public boolean hasEndFrames() {
        return false;
    }

    @Override
    public boolean isOutputFinished() {
        return sendQueue.isEmpty();
    }

    @Override
    public void announceAbort(long code, String reason) {
        // Who would hear it may not understand it.
    }

    @Override
    public void announceLeaving(long nowNanos) {
        // Nor this.
    }

    @Override
    public Duration resumptionTimeout() {
        return Duration.ZERO;
    }
}
