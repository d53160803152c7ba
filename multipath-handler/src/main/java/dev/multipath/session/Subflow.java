package dev.multipath.session;

import dev.multipath.metrics.TransportStats;
import dev.multipath.scheduler.SubflowView;

/** One subflow of a session, as the session's owner sees it. Made by the session; belongs to its thread. */
public interface Subflow extends SubflowView {

    /** {@return the present state} */
    SubflowState state();

    /** {@return whatever the owner of the session keeps with this subflow} The session does not look at it. */
    Object attachment();

    /**
     * Sets {@link #attachment()}.
     *
     * @param newAttachment may be {@code null}
     */
    void attach(Object newAttachment);

    /** {@return the subflow's name in the extended profile} 0 in the base profile, and for the first. */
    long pathId();

    /** {@return how many payload bytes it has carried: acknowledged on it, and received on it that were new} */
    long carriedBytes();

    /** {@return whether it may carry what no other does: not before it has delivered some copies, if its path is suspect} */
    boolean isTrusted();

    /** {@return whether the peer says, or it looks as if, what it sends on this subflow did not arrive} */
    boolean isSuspect();

    /** {@return whether nothing of its handshake is to come} The peer has let it into the session then. */
    boolean isSettled();

    /**
     * The transport was asked what it knows of the way below: the congestion control hears of it.
     *
     * @param stats not all of it unknown
     * @param nowNanos the present
     */
    void onTransport(TransportStats stats, long nowNanos);

    /** {@return when the peer was last heard on it, in the session's time} */
    @Override
    long heardAtNanos();
}
