package dev.multipath.session;

/**
 * How much the peer may send, in bytes of new data from the session's beginning: a window beyond what the application has
 * read. The window grows with the product of bandwidth and delay, as TCP's receive buffer does. Invariants: {@code
 * consumed <= received <= granted <= consumed + limit}.
 */
final class ReceiveCredit {

    /** Grants of less are not worth a frame of their own. */
    private static final int GRANTS_PER_WINDOW = 4;

    /** Event loops read and grant in batches, so a round trip of a fast local path takes at least so long. */
    private static final long BATCHING_NANOS = 1_000_000;

    private final long limitBytes;
    private long windowBytes;
    private long memoryLimitBytes = Long.MAX_VALUE;
    private long receivedBytes;
    private long consumedBytes;
    private long grantedBytes;

    private long epochConsumedBytes;
    private long epochStartNanos;

    ReceiveCredit(long initialWindowBytes, long limitBytes) {
        this.limitBytes = limitBytes;
        windowBytes = Math.min(initialWindowBytes, limitBytes);
        // What a peer may send that has not heard of any grant yet.
        grantedBytes = WindowLimits.INITIAL_CREDIT_BYTES;
    }

    /** Memory is short: the window is no larger than that. At zero nothing more is granted; what was granted stays so. */
    void limit(long bytes) {
        memoryLimitBytes = bytes;
    }

    private long openBytes() {
        return Math.min(windowBytes, memoryLimitBytes);
    }

    /** What the peer may send that it has not sent. */
    long pledgedBytes() {
        return grantedBytes - receivedBytes;
    }

    /** Whether the peer may send this much more. */
    boolean allows(int bytes) {
        return receivedBytes + bytes <= grantedBytes;
    }

    void onReceived(int bytes) {
        receivedBytes += bytes;
    }

    void onConsumed(int bytes) {
        consumedBytes += bytes;
    }

    /** Lets the window grow if the application reads faster than half a window in two round trips. */
    void tune(long slowestRttNanos, long nowNanos) {
        if (consumedBytes - epochConsumedBytes < windowBytes / 2) {
            return;
        }
        if (nowNanos - epochStartNanos < 2 * (slowestRttNanos + BATCHING_NANOS)) {
            windowBytes = Math.min(2 * windowBytes, limitBytes);
        }
        epochConsumedBytes = consumedBytes;
        epochStartNanos = nowNanos;
    }

    boolean isGrantDue() {
        long openBytes = openBytes();
        return openBytes > 0 && consumedBytes + openBytes - grantedBytes >= openBytes / GRANTS_PER_WINDOW;
    }

    /** What to tell the peer now. */
    long grant() {
        grantedBytes = Math.max(grantedBytes, consumedBytes + openBytes());
        return grantedBytes;
    }
}
