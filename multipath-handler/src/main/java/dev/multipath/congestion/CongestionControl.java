package dev.multipath.congestion;

import dev.multipath.metrics.TransportStats;

/**
 * Decides how many payload bytes may be in flight on one subflow: sent and not acknowledged by the session's peer, so they
 * are in the channel, in the transport below it, on the network, or wait to be read. One instance serves one subflow, so it
 * keeps state; all times are the session's.
 *
 * <p>The transport below has a congestion control of its own, which is fair to others. A policy here only has to keep that
 * one busy without making a queue behind it: what waits there is bound to its path, and waits with it if that stalls.
 *
 * <p>The order of the calls: {@link #onSent} for each copy of a frame that leaves; for each acknowledgement {@link
 * #onDelivered} for each copy that it names, then {@link #onEstimate} if the path's estimates could be brought up to date;
 * {@link #onOutage} when an answer shows that nothing went through for a time.
 */
public interface CongestionControl {

    /** {@return how many payload bytes may be in flight now} Looked at before each frame: it should cost nothing. */
    long inFlightLimitBytes();

    /**
     * {@return when the next frame may leave, if there is room for it; in the past if at once} A policy that spreads what it lets pass
     * says so here, after each {@link #onSent}.
     */
    default long sendsAtNanos() {
        return Long.MIN_VALUE;
    }

    /**
     * There was something to send at {@link #sendsAtNanos}, and the turn comes only now, as the session's thread was busy. What could
     * have left meanwhile is to leave now, or a busy thread would be a slow path.
     *
     * @param lateNanos how much later it is, positive
     */
    default void onLateTurn(long lateNanos) {}

    /** {@return whether the path has been seen at its limit} Until then its delivery rate tells only the least that it can do. */
    boolean hasSeenLimit();

    /**
     * A frame has left.
     *
     * @param payloadBytes its size
     * @param inFlightBytes what is in flight, with it
     * @param nowNanos the present
     */
    default void onSent(int payloadBytes, long inFlightBytes, long nowNanos) {}

    /** {@return whether silence makes a difference: see {@link #onSilence}} Then it is looked at though nothing happens. */
    default boolean countsSilence() {
        return false;
    }

    /**
     * Nothing was acknowledged for so long that should have been: since the newest acknowledgement, and since the oldest copy in flight has been
     * on its way for the lowest round trip. Told in each turn, and before {@link #onDelivered}.
     *
     * @param missedNanos how long, 0 if nothing is missed
     */
    default void onSilence(long missedNanos) {}

    /**
     * A copy of a frame has arrived, as its acknowledgement says.
     *
     * @param payloadBytes its size
     * @param inFlightBytes what is still in flight
     * @param nowNanos the present
     */
    default void onDelivered(int payloadBytes, long inFlightBytes, long nowNanos) {}

    /**
     * Copies are no longer in flight: they have arrived, or their subflow was given up.
     *
     * @param inFlightBytes what is still in flight
     */
    default void onResolved(long inFlightBytes) {}

    /**
     * The path is another one than before, and nothing is in flight; or its transport begins anew, as it crawls on a path that has mended.
     * What was seen of it counts no more.
     */
    default void onRestart() {}

    /** The subflow is gone. Nothing more is called. */
    default void onClosed() {}

    /**
     * What is known of the path has been brought up to date.
     *
     * @param estimate the path as it is seen now; valid during the call
     * @param nowNanos the present
     */
    void onEstimate(PathEstimate estimate, long nowNanos);

    /**
     * Nothing was acknowledged for longer than a round trip and what it varies by.
     *
     * @param nowNanos the present
     */
    default void onStall(long nowNanos) {}

    /**
     * Something was answered so late that an outage lies behind it, so it was no sample of anything.
     *
     * @param nowNanos the present
     */
    default void onOutage(long nowNanos) {}

    /**
     * What the transport below knows, where it can be asked (TCP_INFO, QUIC): some times a round trip while data are on the
     * way. Not called if it cannot.
     *
     * @param stats as it is now; any number in it may be unknown
     * @param inFlightBytes what is in flight
     * @param nowNanos the present
     */
    default void onTransport(TransportStats stats, long inFlightBytes, long nowNanos) {}
}
