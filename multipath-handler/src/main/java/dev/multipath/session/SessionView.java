package dev.multipath.session;

import java.util.List;

/**
 * What can be seen of a session; looking changes nothing. For who has to know how it stands and not to steer it. On the session's
 * thread.
 */
public abstract class SessionView {

    final SessionCore core;

    SessionView(SessionCore core) {
        this.core = core;
    }

    /** {@return the session's state} */
    public SessionState state() {
        return core.end.state();
    }

    /** {@return the profile that the session speaks} */
    public Profile profile() {
        return rules().name();
    }

    final SessionProfile rules() {
        return core.negotiation.profile();
    }

    /** {@return whether it is known what the peer speaks} */
    public boolean isDecided() {
        return core.negotiation.isDecided();
    }

    /** {@return why the session was given up; {@code null} if it was not} What {@link #hasReceived} is still to be read. */
    public MultipathException failure() {
        return core.end.failure();
    }

    /** {@return when {@link MultipathSession#onTimeout} is to be called, if nothing happens before; {@link Deadline#NONE} for never} */
    public long nextDeadlineNanos() {
        return core.end.isLeaving() ? Deadline.NONE : core.timers.nextDeadlineNanos();
    }

    // ---- subflows

    /** {@return the subflows that have joined and not failed, in the order of their joining: a view} */
    public List<Subflow> subflows() {
        return core.memberView;
    }

    /**
     * Whether a subflow has carried something that the peer has not acknowledged on any: its answer may be on its way, even
     * over one that is stale, and if the peer closes meanwhile there will be no other.
     *
     * @param subflow from {@link MultipathSession#addSubflow}
     * @return false for one that has left
     */
    public boolean awaitsAnswers(Subflow subflow) {
        return Retransmitter.isNeeded((SubflowControl) subflow);
    }

    /**
     * {@return whether a connection that names this session may be given to {@link MultipathSession#addSubflow} now} A server asks this.
     * Not while the first subflow has not decided on the profile, unless it is gone: then the next one decides.
     */
    public boolean acceptsJoins() {
        return rules().acceptsJoins();
    }

    /** {@return whether there is no subflow at the moment, and another is waited for} Never in the base profile. */
    public boolean isSuspended() {
        return core.suspension.isUnderWay();
    }

    /** {@return whether it goes on for a time when its last subflow is lost} Never in the base profile. */
    public boolean outlivesSubflows() {
        return !rules().resumptionTimeout().isZero();
    }

    /**
     * {@return whether subflows should be read} Always in the extended profile, where credit bounds what comes. In the base
     * profile not while the application leaves a full receive buffer unread, unless acknowledgements of our own data have to come
     * in: then it is read on, and what does not fit is dropped without acknowledgement, since a subflow that is not read
     * could hold up the other direction for ever.
     */
    public boolean wantsInput() {
        return rules().wantsInput();
    }

    /**
     * {@return why a subflow was lost in disorder, of the last one of these, if nothing has told since that the peer goes on;
     * {@code null} if all is well} In the base profile, which has no other end, the end of all subflows is not that of the
     * stream then.
     */
    public Throwable unansweredLoss() {
        return core.losses.unanswered();
    }

    // ---- the stream

    /** {@return how many more bytes {@link MultipathSession#send} should be given; none if the send buffer is full, so 0 or less} */
    public long sendCapacityBytes() {
        if (core.end.isGivenUp()) {
            return 0;
        }
        long limitBytes = Math.min(core.config.sendBufferBytes(), core.memory.sendLimitBytes());
        long capacityBytes = limitBytes - core.sendQueue.bytes() - core.sendWindow.spanBytes();
        return core.sendQueue.isCrowded() ? Math.min(0, capacityBytes) : capacityBytes;
    }

    /** {@return how many bytes taken by {@link MultipathSession#send} the peer has not acknowledged} */
    public long unacknowledgedBytes() {
        return core.sendQueue.bytes() + core.sendWindow.unacknowledgedBytes();
    }

    /** {@return whether {@link MultipathSession#pollReceived} has something} */
    public boolean hasReceived() {
        return core.receiveWindow.readableBytes() > 0;
    }

    /** {@return how many received bytes are held at the moment, in order or not} */
    public long bufferedReceiveBytes() {
        return core.receiveWindow.readableBytes() + core.receiveWindow.waitingBytes();
    }

    /** {@return how many received bytes cannot be read, since a frame before them is missing} */
    public long strandedBytes() {
        return core.receiveWindow.waitingBytes();
    }

    /** {@return the number of the frame that the application waits for} */
    public long nextExpectedFrameNumber() {
        return core.receiveWindow.nextExpected();
    }

    /** {@return how many bytes have arrived in order since the session's beginning, here or, by its word, at the peer} */
    public long carriedBytes() {
        return core.receiveWindow.arrivedBytes() + core.sendWindow.acknowledgedBytes();
    }

    // ---- its end

    /** {@return whether {@link MultipathSession#shutdownOutput} may end one direction while the other goes on} Not in the base profile. */
    public boolean endsDirectionsApart() {
        return rules().endsDirectionsApart();
    }

    /**
     * {@return whether frames tell the peer how the stream and the session end} Else, as in the base profile, nothing does but
     * how the subflows' connections end.
     */
    public boolean hasEndFrames() {
        return rules().hasEndFrames();
    }

    /** {@return whether the peer has ended its direction in order, and all of it was polled} Never in the base profile. */
    public boolean isInputEnded() {
        return core.receiveWindow.isEnded() && !hasReceived();
    }

    /** {@return whether the peer has all that was taken; in the extended profile, its end too, unless it wants no more} */
    public boolean isOutputFinished() {
        return rules().isOutputFinished();
    }

    /** {@return whether both directions have ended in order, and nobody waits for anything} Never in the base profile. */
    public boolean isOver() {
        return core.end.isOver();
    }

    /**
     * {@return whether a closing session waits for nothing: all is acknowledged, it failed, or lingered long enough}
     *
     * @param nowNanos the present
     */
    public boolean isDrained(long nowNanos) {
        if (state() == SessionState.OPEN) {
            return false;
        }
        boolean acknowledged = isDecided() && isOutputFinished();
        return acknowledged || failure() != null || nowNanos >= core.end.lingerUntilNanos();
    }

    /**
     * {@return whether the peer may wait for this end's last word, and the session would wait for a subflow to say it on} Then
     * its owner goes on to bring subflows, {@linkplain MultipathSession#remains after it has left too}.
     */
    public boolean owesLastWord() {
        return outlivesSubflows() && core.joins.hasKey() && core.end.owesLastWord();
    }
}
