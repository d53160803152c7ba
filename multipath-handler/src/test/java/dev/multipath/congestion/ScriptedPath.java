package dev.multipath.congestion;

/** A path of 1 MB/s at 100 ms that has what a test gives it, with the control that it is told to. */
final class ScriptedPath implements PathEstimate {

    private static final long MILLISECOND = 1_000_000;

    static final long ROUND_TRIP_NANOS = 100_000_000;

    /** What it holds. */
    static final long PRODUCT_BYTES = 100_000;

    double rate = 1_000_000;
    long minRttNanos = ROUND_TRIP_NANOS;
    long inFlightBytes = PRODUCT_BYTES;
    long roundTrips;
    boolean limited;
    long newestRttNanos = ROUND_TRIP_NANOS;

    final BandwidthDelayControl control = new BandwidthDelayControl();
    long nowNanos = 1_000 * MILLISECOND;

    /** Until it has shown its limit. */
    void settle() {
        for (int i = 0; i < 6; i++) {
            roundTrip();
        }
    }

    void roundTrip() {
        nowNanos += 100 * MILLISECOND;
        roundTrips++;
        control.onEstimate(this, nowNanos);
    }

    @Override
    public long newestRttNanos() {
        return newestRttNanos;
    }

    @Override
    public double deliveryRateBytesPerSecond() {
        return rate;
    }

    @Override
    public long minRttNanos() {
        return minRttNanos;
    }

    @Override
    public long inFlightBytes() {
        return inFlightBytes;
    }

    @Override
    public long roundTrips() {
        return roundTrips;
    }

    @Override
    public boolean hasQueue() {
        return false;
    }

    @Override
    public boolean isLimitedByOthers() {
        return limited;
    }
}
