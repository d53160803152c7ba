package dev.multipath.scheduler;

/** A subflow on a path of a rate and a round trip, in whatever situation a test puts it. */
final class FakeSubflow implements SubflowView {

    private static final double BYTES_PER_MEGABIT = 125_000;
    private static final long MILLISECOND = 1_000_000;

    private final int id;
    private final double bytesPerSecond;
    private final long rttNanos;
    private PathAttributes attributes = PathAttributes.DEFAULT;
    private long inFlightBytes;
    private long sentBytes;
    private boolean full;

    FakeSubflow(int id, double megabits, long rttMillis) {
        this.id = id;
        bytesPerSecond = megabits * BYTES_PER_MEGABIT;
        rttNanos = rttMillis * MILLISECOND;
    }

    /** Of an ordinary path. */
    static FakeSubflow of(int id) {
        return new FakeSubflow(id, 50, 40);
    }

    FakeSubflow with(PathAttributes newAttributes) {
        attributes = newAttributes;
        return this;
    }

    FakeSubflow withCost(int cost) {
        return with(PathAttributes.DEFAULT.withCost(cost));
    }

    FakeSubflow withWeight(int weight) {
        return with(attributes.withWeight(weight));
    }

    /** As much is in flight as the path holds. */
    FakeSubflow filled() {
        inFlightBytes = (long) (bytesPerSecond * rttNanos / 1e9);
        full = true;
        return this;
    }

    /** It takes nothing, and nothing will tell when it does. */
    FakeSubflow stuck() {
        inFlightBytes = 0;
        full = true;
        return this;
    }

    FakeSubflow free() {
        inFlightBytes = 0;
        full = false;
        return this;
    }

    FakeSubflow sent(long bytes) {
        sentBytes += bytes;
        return this;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public long smoothedRttNanos() {
        return rttNanos;
    }

    @Override
    public long minRttNanos() {
        return rttNanos;
    }

    @Override
    public long rttVarianceNanos() {
        return 0;
    }

    @Override
    public double deliveryRateBytesPerSecond() {
        return bytesPerSecond;
    }

    @Override
    public boolean isRateGrowing() {
        return false;
    }

    @Override
    public long inFlightBytes() {
        return inFlightBytes;
    }

    @Override
    public long inFlightLimitBytes() {
        return inFlightBytes;
    }

    @Override
    public boolean canTake() {
        return !full;
    }

    @Override
    public long sentBytes() {
        return sentBytes;
    }

    @Override
    public PathAttributes attributes() {
        return attributes;
    }
}
