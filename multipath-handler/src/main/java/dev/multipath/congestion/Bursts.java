package dev.multipath.congestion;

/** How much a path delivers at once beyond what its rate explains: BBR's "extra acked" (draft-ietf-ccwg-bbr). */
final class Bursts {

    private static final double NANOS_PER_SECOND = 1e9;

    /** The largest counts for so many to twice so many round trips. */
    private static final int WINDOW_ROUND_TRIPS = 5;

    private long startNanos;
    private double bytes;

    private boolean skipping;

    private double max;
    private double previousMax;
    private int roundTrips;

    /** What comes at once behind a long pause, or one that was made on purpose, is not to be expected again. */
    void skipRoundTrip() {
        skipping = true;
    }

    void onDelivered(int payloadBytes, double bytesPerSecond, long nowNanos) {
        if (skipping) {
            return;
        }
        double expected = bytesPerSecond * (nowNanos - startNanos) / NANOS_PER_SECOND;
        if (bytes <= expected) {
            bytes = 0;
            startNanos = nowNanos;
            expected = 0;
        }
        bytes += payloadBytes;
        max = Math.max(max, bytes - expected);
    }

    /** Counts anew, or a rate that is estimated a little too low would add up to a burst. */
    void onRoundTrip(long nowNanos) {
        bytes = 0;
        startNanos = nowNanos;
        skipping = false;
        if (++roundTrips == WINDOW_ROUND_TRIPS) {
            roundTrips = 0;
            previousMax = max;
            max = 0;
        }
    }

    double maxBytes() {
        return Math.max(max, previousMax);
    }
}
