package dev.multipath.session;

/**
 * How many bytes a second a subflow delivers: the maximum of late of its samples, as in BBR. What was sent while there was
 * room for more can raise the estimate, never lower it.
 */
final class DeliveryRateEstimator {

    /** A maximum counts for one to two windows of so many of the lowest round trips: a longer queue must not prolong it. */
    private static final int WINDOW_ROUND_TRIPS = 8;

    /** But not for less than this, or the bursts of a fast local path would make it flap. */
    private static final long MIN_WINDOW_NANOS = 200_000_000L;

    private static final double NANOS_PER_SECOND = 1e9;

    private double maxBytesPerSecond;
    private double previousMaxBytesPerSecond;
    private long windowStartNanos;

    void onSample(long deliveredBytes, long elapsedNanos, boolean limitedByOthers, long minRttNanos, long nowNanos) {
        double sample = deliveredBytes * NANOS_PER_SECOND / Math.max(1, elapsedNanos);
        if (!limitedByOthers
                && nowNanos - windowStartNanos > Math.max(MIN_WINDOW_NANOS, WINDOW_ROUND_TRIPS * minRttNanos)) {
            previousMaxBytesPerSecond = maxBytesPerSecond;
            maxBytesPerSecond = sample;
            windowStartNanos = nowNanos;
        } else {
            maxBytesPerSecond = Math.max(maxBytesPerSecond, sample);
        }
    }

    /** The path is another one by now. */
    void forget() {
        maxBytesPerSecond = 0;
        previousMaxBytesPerSecond = 0;
    }

    /** Zero while unknown. */
    double bytesPerSecond() {
        return Math.max(maxBytesPerSecond, previousMaxBytesPerSecond);
    }
}
