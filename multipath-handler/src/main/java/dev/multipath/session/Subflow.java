package dev.multipath.session;

import dev.multipath.metrics.TransportStats;
import dev.multipath.scheduler.SubflowView;

/** One subflow of a session, as the session's owner sees it. Made by the session; belongs to its thread. */
public interface Subflow extends SubflowView {

    /**
     * How often a transport is asked what it knows while data are on the way, at the most: a call into the kernel, or into QUIC's
     * library, and some hundred bytes of garbage are nothing at this pace, beside bulk.
     */
    long TRANSPORT_INTERVAL_NANOS = 10_000_000;

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
     * The transport was asked what it knows of the way below: the congestion control hears of it. At most once in
     * {@link #TRANSPORT_INTERVAL_NANOS}; when one has no room, and it may be told of more, the session asks for a turn as often.
     *
     * @param stats not all of it unknown
     * @param nowNanos the present
     * @return whether the transport should begin anew with its own congestion control, since it crawls on a path that has mended
     */
    boolean onTransport(TransportStats stats, long nowNanos);

    /**
     * {@return whether nothing was acknowledged on it for so long that it will be called stale} Its transport may know better:
     * that the peer's host has all that was sent, so that the path is alive. To be asked before {@link MultipathSession#onTimeout}.
     *
     * @param nowNanos the present
     */
    boolean isDoubtful(long nowNanos);

    /** {@return when the peer was last heard on it, in the session's time} */
    @Override
    long heardAtNanos();
}
