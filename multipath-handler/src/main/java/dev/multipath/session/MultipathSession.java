package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.congestion.PathLimits;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.Urgency;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * One session: turns the application's bytes into frames on subflows, and frames from subflows into the application's
 * bytes, in the base profile (the Go protocol) or the extended one. A state machine without I/O, clock, thread or
 * randomness of its own; not thread-safe: everything is called on the one thread that owns it. Times are nanoseconds of
 * any monotonic clock that starts at or above zero; {@code nowNanos} is always the present. {@code docs/PROTOCOL.md} says
 * what it does, and why.
 *
 * <p>The owner calls the inputs ({@link #onFrame}, {@link #send}, {@link #onTimeout}, ...) and after any of them polls
 * the outputs: {@link #transmit}, {@link #pollReceived}, {@link #pollEvent}, {@link #nextDeadlineNanos}, {@link #failure}.
 */
public final class MultipathSession extends SessionView {

    private final FrameInput input = new FrameInput(core);

    /**
     * Creates a session without subflows.
     *
     * @param config limits and times
     * @param role which end this is
     * @param connectionId the session's name
     * @param policies what leaves where
     * @param allocator for small buffers that are put together
     * @param random spreads the probes of idle subflows in time, and draws keys and nonces: a cryptographic one
     */
    public MultipathSession(
            SessionConfig config,
            SessionRole role,
            ConnectionId connectionId,
            SessionPolicies policies,
            ByteBufAllocator allocator,
            RandomGenerator random) {
        super(new SessionCore(config, role, connectionId, policies, allocator, random));
    }

    // ---- inputs: subflows

    /** {@return what a client sends with its next attempt to add a subflow to a session that has one} */
    public JoinOffer offerJoin() {
        return rules().offerJoin();
    }

    /**
     * A subflow has been accepted by its preface and joins, with an offer that its peer was sent.
     *
     * @param tracker counts its frames
     * @param handshakeRttNanos the round trip of its handshake, or -1 if it was not measured
     * @param offer what the client has sent behind its preface; {@code null} on a server
     * @param nowNanos the present
     * @return what the session knows it by
     */
    public Subflow addSubflow(StatsTracker tracker, long handshakeRttNanos, JoinOffer offer, long nowNanos) {
        return core.membership.add(tracker, handshakeRttNanos, offer, nowNanos);
    }

    /**
     * A subflow's path is one on which data got stuck before, though handshakes passed. So it carries copies of what
     * others carry, until it has delivered so many bytes; all else only while no other delivers. Without effect in the base
     * profile, where copies that are not needed may harm a Go peer.
     *
     * @param subflow from {@link #addSubflow}: a new one, or one that is stale
     * @param trialBytes positive
     */
    public void distrust(Subflow subflow, long trialBytes) {
        if (rules().toleratesCopies()) {
            control(subflow).probation().begin(trialBytes);
            core.subflows.update();
        }
    }

    /**
     * A subflow's channel is gone: what only it carried goes to others. Without effect on one that has left.
     *
     * @param subflow from {@link #addSubflow}
     * @param cause why, for the event; {@code null} if nothing is wrong
     * @param nowNanos the present
     */
    public void onSubflowFailed(Subflow subflow, Throwable cause, long nowNanos) {
        core.membership.onFailed(control(subflow), cause, nowNanos);
    }

    /**
     * Gives a subflow up, and tells the peer why. Its {@link SessionEvent.OfSubflow.Kind#REMOVED} event follows, or
     * {@link SessionEvent.OfSubflow.Kind#REFUSED} if it has not joined yet.
     *
     * @param subflow from {@link #addSubflow}; without effect on one that has left
     * @param code one of {@link PathCloseFrame}'s, or the application's own
     * @param reason for people, may be empty; not above {@link ResetFrame#MAX_REASON_BYTES} bytes
     * @param nowNanos the present
     */
    public void closeSubflow(Subflow subflow, long code, String reason, long nowNanos) {
        core.membership.close(control(subflow), code, reason, nowNanos);
    }

    /**
     * {@return what is to be said on the subflow itself before {@link #closeSubflow}; {@code null} if nothing is}
     *
     * @param subflow from {@link #addSubflow}
     * @param code as there
     * @param reason as there
     */
    public Frame farewell(Subflow subflow, long code, String reason) {
        return rules().farewell(control(subflow), code, reason);
    }

    /**
     * Whether the subflow's channel can take more has changed.
     *
     * @param subflow from {@link #addSubflow}
     * @param writable whether it can
     */
    public void onWritabilityChanged(Subflow subflow, boolean writable) {
        control(subflow).writable(writable);
    }

    /**
     * Calls a subflow a backup, over which data goes only while no other delivers; or takes that back. The peer is told
     * when it has let the subflow in. Without effect on one that has left.
     *
     * @param subflow one that has joined
     * @param backup whether it is to be one
     * @throws IllegalStateException if the peer does not speak the extended profile, or the subflow has not joined yet
     */
    public void setBackup(Subflow subflow, boolean backup) {
        if (subflow.state() == SubflowState.JOINING) {
            throw new IllegalStateException("the subflow has not joined yet");
        }
        if (subflow.state() != SubflowState.CLOSED) {
            rules().setBackup(control(subflow), backup);
        }
    }

    /**
     * What is wanted of a subflow's path. If it makes a backup of it, the peer is told, unless it speaks the base profile.
     *
     * @param subflow from {@link #addSubflow}
     * @param label the name of its path
     * @param attributes what this end wants of the path
     * @param limits what counts what goes over the path: the same for all its subflows
     */
    public void path(Subflow subflow, String label, PathAttributes attributes, PathLimits limits) {
        core.pathTerms.set(control(subflow), label, attributes, limits);
    }

    /**
     * Another scheduler decides from now on. What is on its way stays there.
     *
     * @param scheduler of this session alone
     */
    public void scheduler(Scheduler scheduler) {
        core.transmitter.scheduler(Objects.requireNonNull(scheduler));
    }

    /**
     * A subflow is to be closed when nothing is on its way over it any more: until then data goes over it only while no
     * other delivers. The peer is not told.
     *
     * @param subflow from {@link #addSubflow}; without effect on one that has left
     */
    public void retire(Subflow subflow) {
        control(subflow).backupWish().here(true);
        core.subflows.update();
    }

    // ---- inputs: frames

    /**
     * A frame arrived. Ignored once the session has failed or the subflow has left.
     *
     * @param subflow the one that carried it
     * @param frame is taken over, whatever comes of it
     * @param nowNanos the present
     * @throws SubflowViolationException if the peer may not send it; the subflow is to be closed, by
     *     {@link #onSubflowFailed}
     */
    public void onFrame(Subflow subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        if (frame instanceof DataFrame data) {
            input.onData(subflow, data.frameNumber(), data.payload(), nowNanos);
        } else {
            input.onFrame(control(subflow), frame, nowNanos);
        }
    }

    /** {@return where frames come in for which there are no objects, as {@link #onFrame} takes them} */
    public FrameInput input() {
        return input;
    }

    /**
     * A data frame has begun to arrive on a subflow for which nothing is to be held before it has shown that it may send data.
     *
     * @param subflow the one that carries it
     * @param nowNanos the present
     * @throws SubflowViolationException if the peer may not send it; the subflow is to be closed, by
     *     {@link #onSubflowFailed}
     */
    public void onDataBegun(Subflow subflow, long nowNanos) throws SubflowViolationException {
        input.onDataBegun(control(subflow), nowNanos);
    }

    /**
     * The first bytes of the stream have gone along with the request for the session, on the subflow that was answered: {@code
     * docs/PROTOCOL.md} 3.1. To be called when that has been added, before it brings anything: that may be their
     * acknowledgement. Whatever becomes of the subflow, they are the first frame from now on: the peer may have it.
     *
     * @param subflow from {@link #addSubflow}
     * @param bytes owned by the session from now on, whatever comes of it: at most {@link JoinOffer#MAX_EARLY_BYTES}
     * @param sentAtNanos when they were sent
     * @throws IllegalStateException if something was sent before
     */
    public void onSentEarly(Subflow subflow, ByteBuf bytes, long sentAtNanos) {
        if (core.sendWindow.addedBytes() > 0 || !core.sendQueue.isEmpty()) {
            bytes.release();
            throw new IllegalStateException("not the first bytes of the stream");
        }
        core.transmitter.onSentEarly(control(subflow), bytes, sentAtNanos);
    }

    private static SubflowControl control(Subflow subflow) {
        // Whatever its owner has of this type comes from addSubflow.
        return (SubflowControl) subflow;
    }

    /**
     * Pings the subflows that were not heard of for a round trip: those that do not answer will be called stale.
     *
     * @param nowNanos the present
     */
    public void askSilentSubflows(long nowNanos) {
        core.liveness.pingSilent(nowNanos);
    }

    // ---- inputs: the application

    /**
     * Takes bytes over to be sent, however many they are.
     *
     * @param bytes owned by the session from now on, whatever comes of it; may be empty
     * @throws IllegalStateException if the output is shut down, the session closes, or has failed; they are released then
     */
    public void send(ByteBuf bytes) {
        send(bytes, Urgency.NORMAL, Deadline.NONE);
    }

    /**
     * As {@link #send(ByteBuf)}, of bytes of which the application has said more.
     *
     * @param bytes owned by the session from now on, whatever comes of it; may be empty
     * @param urgency how much it matters how soon they arrive
     * @param deadlineNanos when they are to have arrived, by the session's clock; {@link Deadline#NONE} if that does not matter
     * @throws IllegalStateException as {@link #send(ByteBuf)}
     */
    public void send(ByteBuf bytes, Urgency urgency, long deadlineNanos) {
        requireOpen(bytes);
        long position = core.sendWindow.addedBytes() + core.sendQueue.bytes();
        core.marks.add(position, bytes.readableBytes(), urgency, deadlineNanos);
        core.sendQueue.add(bytes);
        core.end.onTaken();
    }

    /**
     * As {@link #send(ByteBuf)}, of a small buffer that others may have too: its indices stay as they are.
     *
     * @param bytes as there
     * @throws IllegalStateException as there
     */
    public void sendShared(ByteBuf bytes) {
        requireOpen(bytes);
        core.sendQueue.addShared(bytes);
        core.end.onTaken();
    }

    private void requireOpen(ByteBuf bytes) {
        if (state() != SessionState.OPEN || core.end.isOutputShutdown()) {
            bytes.release();
            throw new IllegalStateException("session is " + state() + ", or its output is shut down");
        }
    }

    /**
     * Ends our direction of the stream behind what was taken. If it turns out only later that the peer speaks the base
     * profile, which has no such end, nothing more is taken, and the peer learns of it when the session ends.
     *
     * @throws IllegalStateException if it is known to speak the base profile
     */
    public void shutdownOutput() {
        if (!endsDirectionsApart()) {
            throw new IllegalStateException("the peer speaks the base profile, which ends both directions at once");
        }
        core.end.shutdownOutput();
    }

    /**
     * Begins the graceful end: sends what was taken, waits for its acknowledgement, at most the linger time.
     *
     * @param nowNanos the present
     */
    public void close(long nowNanos) {
        if (core.end.drain(nowNanos + core.config.linger().toNanos())) {
            core.inbox.discardIfUnread();
        }
    }

    /**
     * Gives the session up, and tells the peer why; {@link #transmit} is to follow, then {@link #release}.
     *
     * @param code from {@link ResetFrame#FIRST_APPLICATION_CODE} on, or one of its constants
     * @param reason for people, may be empty; not above {@link ResetFrame#MAX_REASON_BYTES} bytes
     */
    public void abort(long code, String reason) {
        if (core.end.isGivenUp()) {
            return;
        }
        rules().announceAbort(code, reason);
        core.end.fail(new SessionResetException("this end", code, reason));
    }

    /**
     * The last word before {@link #transmit} and {@link #release}: tells the peer how this end leaves. Nothing in the
     * base profile, nor after a failure.
     *
     * @param nowNanos the present
     */
    public void leave(long nowNanos) {
        if (!core.end.isGivenUp()) {
            rules().announceLeaving(nowNanos);
        }
    }

    /** {@return after {@link #leave}, what is to be kept of the session for its peer; {@code null} if that needs nothing} */
    public FinishedSession remains() {
        return owesLastWord()
                ? core.end.remains(
                        core.joins.connectionId(), core.joins, core.hellos.own(null), core.hellos.resumptionTimeout())
                : null;
    }

    /** Ends the session at once and releases everything. */
    public void release() {
        core.end.onReleased();
        core.sendQueue.release();
        core.sendWindow.release();
        core.receiveWindow.release();
        core.subflows.clear();
    }

    /**
     * Tells the peer of an address at which this end can be reached too. Without effect on a peer of the base profile.
     *
     * @param addressId names it, for {@link #withdrawAddress}; at most 16 at a time are of use
     * @param address with the IP address, and the port
     */
    public void announceAddress(long addressId, InetSocketAddress address) {
        core.announcements.addAddress(addressId, address);
    }

    /**
     * The peer should no longer come to that address.
     *
     * @param addressId that of {@link #announceAddress}
     */
    public void withdrawAddress(long addressId) {
        core.announcements.removeAddress(addressId);
    }

    /**
     * Tells the peer, once, that this end will end soon. The session goes on. Without effect on a peer that does not listen to
     * that, and in the base profile.
     */
    public void announceGoingAway() {
        core.announcements.goingAway();
    }

    // ---- time

    /**
     * The time of {@link #nextDeadlineNanos} has come. May be called at any time.
     *
     * @param nowNanos the present
     */
    public void onTimeout(long nowNanos) {
        if (core.end.isLeaving()) {
            return;
        }
        core.liveness.onTimePassed(nowNanos);
        core.timers.fire(nowNanos);
    }

    /**
     * The owner's thread has come to what it meant to do, be it due or not any more. What the peer has said may have waited for as
     * long: deadlines of its silence move by that, for as long as this is so.
     *
     * @param lateNanos how much later than meant
     * @param nowNanos the present
     */
    public void onLook(long lateNanos, long nowNanos) {
        core.lateness.onLook(lateNanos, nowNanos);
    }

    // ---- outputs

    /**
     * Hands over all frames that can leave now: control frames first, then repeated data, then new data.
     *
     * @param nowNanos the present
     * @param sink must not call the session
     */
    public void transmit(long nowNanos, FrameSink sink) {
        if (core.end.isLeaving()) {
            core.transmitter.transmitLastWords(sink);
        } else {
            core.pathTerms.update(nowNanos);
            core.transmitter.transmitHandshakes(nowNanos, sink);
            rules().transmit(nowNanos, sink);
        }
    }

    /** {@return the next received bytes in order, owned by the caller; {@code null} if there are none} */
    public ByteBuf pollReceived() {
        return core.inbox.poll();
    }

    /** {@return the next event, or {@code null}} */
    public SessionEvent pollEvent() {
        return core.events.poll();
    }

    /** {@return what it costs in memory, and may cost} */
    public SessionMemory memory() {
        return core.memory;
    }
}
