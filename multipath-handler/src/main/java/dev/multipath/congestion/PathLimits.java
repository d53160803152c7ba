package dev.multipath.congestion;

/**
 * How fast this end may send on a path, and how much may go over it in all: a token bucket, and a count. Above what congestion
 * controls allow, and for all subflows that the path has, one after the other or at the same time. Not thread-safe; times are the session's.
 *
 * <p>A frame may leave while there is a token, whatever its size; the bucket is in debt then. So over any time no more than the rate
 * allows leaves, beside one bucket and one frame.
 */
public final class PathLimits {

    /** No limit. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** What may leave at once after a rest: several times what timers are late, so that the rate is kept. */
    private static final double BUCKET_SECONDS = 0.010;

    /** One packet at the least. */
    private static final double MIN_BUCKET_BYTES = 1500;

    private static final double NANOS_PER_SECOND = 1e9;

    /** Null as long as nobody has asked: most paths have one socket. */
    private Coupling sockets;

    private long maxBytesPerSecond = UNLIMITED;
    private long quotaBytes = UNLIMITED;
    private long usedBytes;
    private double tokens;
    private long refilledAtNanos;

    /** Without limits. */
    public PathLimits() {}

    /**
     * Sets the limits, for the present and whatever follows. What was used counts on.
     *
     * @param newMaxBytesPerSecond positive, or {@link #UNLIMITED}
     * @param newQuotaBytes not negative, or {@link #UNLIMITED}
     */
    public void set(long newMaxBytesPerSecond, long newQuotaBytes) {
        maxBytesPerSecond = newMaxBytesPerSecond;
        quotaBytes = newQuotaBytes;
        tokens = Math.min(tokens, bucketBytes());
    }

    /** {@return what the path's sockets have in common, if it has several at a time} */
    public Coupling sockets() {
        if (sockets == null) {
            sockets = Coupling.ofSockets();
        }
        return sockets;
    }

    /**
     * Time has passed.
     *
     * @param nowNanos the present
     */
    public void refill(long nowNanos) {
        if (maxBytesPerSecond != UNLIMITED) {
            double since = nowNanos - refilledAtNanos;
            tokens = Math.min(bucketBytes(), tokens + maxBytesPerSecond * since / NANOS_PER_SECOND);
        }
        refilledAtNanos = nowNanos;
    }

    private double bucketBytes() {
        return Math.max(MIN_BUCKET_BYTES, BUCKET_SECONDS * maxBytesPerSecond);
    }

    /**
     * Something has left.
     *
     * @param payloadBytes its size
     */
    public void onSent(int payloadBytes) {
        usedBytes += payloadBytes;
        if (maxBytesPerSecond != UNLIMITED) {
            tokens -= payloadBytes;
        }
    }

    /**
     * Something has come.
     *
     * @param payloadBytes its size
     */
    public void onReceived(int payloadBytes) {
        usedBytes += payloadBytes;
    }

    /** {@return whether a frame may leave now} */
    public boolean hasRoom() {
        return !isPaused() && !isSpent();
    }

    /** {@return whether nothing may leave until {@link #resumesAtNanos()}} */
    public boolean isPaused() {
        return maxBytesPerSecond != UNLIMITED && tokens <= 0;
    }

    /** {@return when there is a token again, if it {@link #isPaused()}} */
    public long resumesAtNanos() {
        return refilledAtNanos + (long) Math.ceil((1 - tokens) * NANOS_PER_SECOND / maxBytesPerSecond);
    }

    /** {@return whether the quota is used up} */
    public boolean isSpent() {
        return usedBytes >= quotaBytes;
    }
}
