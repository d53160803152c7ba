package dev.multipath.metrics;

/**
 * Is told what happens on one path: the counterpart of the Go implementation's {@code StatsTracker}. Every method is
 * called on the session's event loop and must not block. One that throws is told nothing more. The defaults do nothing.
 */
public interface StatsTracker {

    /** Ignores everything. */
    StatsTracker NONE = new StatsTracker() {};

    /**
     * A data frame arrived on this path.
     *
     * @param payloadBytes its payload's size
     */
    default void onReceived(int payloadBytes) {}

    /**
     * A data frame was handed to this path for the first time.
     *
     * @param payloadBytes its payload's size
     */
    default void onSent(int payloadBytes) {}

    /**
     * A data frame that another copy of was sent before was handed to this path.
     *
     * @param payloadBytes its payload's size
     */
    default void onRetransmitted(int payloadBytes) {}

    /**
     * The same, and why. The default tells {@link #onRetransmitted(int)}; a tracker that wants the cause implements this one
     * instead.
     *
     * @param payloadBytes its payload's size
     * @param cause why
     */
    default void onRetransmitted(int payloadBytes, RepetitionCause cause) {
        onRetransmitted(payloadBytes);
    }

    /**
     * The path's smoothed round-trip time has a new value.
     *
     * @param smoothedRttNanos the new value in nanoseconds
     */
    default void onRttUpdated(long smoothedRttNanos) {}
}
