package dev.multipath.congestion;

/** How much a path delivers at once beyond what its rate explains: BBR's "extra acked" (draft-ietf-ccwg-bbr). */
final class Bursts {

    private static final double NANOS_PER_SECOND = 1e9;

    /** The largest counts for so many to twice so many round trips. */
    private static final int WINDOW_ROUND_TRIPS = 5;

    private long startNanos;
    private double bytes;

    private double max;
    private double previousMax;
    private int roundTrips;

    void onDelivered(int payloadBytes, double bytesPerSecond, long nowNanos) {
        double expected = bytesPerSecond * (nowNanos - startNanos) / NANOS_PER_SECOND;
        if (bytes <= expected) {
            bytes = 0;
            startNanos = nowNanos;
            expected = 0;
        }
        bytes += payloadBytes;
        max = Math.max(max, bytes - expected);
    }

    void onRoundTrip() {
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
