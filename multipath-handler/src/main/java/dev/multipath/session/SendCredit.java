package dev.multipath.session;

/**
 * How much the peer lets us send, in bytes of new data from the session's beginning; and when to ask again, should the
 * grant have been lost with a subflow. Invariant: {@code spentBytes <= grantedBytes}.
 */
final class SendCredit {

    /** Doubling stops here: a grant that was lost on the way is had this soon after. */
    private static final long MAX_BACKOFF_NANOS = 5_000_000_000L;

    private long grantedBytes;
    private long spentBytes;
    private long askAtNanos = Deadline.NONE;
    private long backoffNanos;

    private SendCredit(long grantedBytes) {
        this.grantedBytes = grantedBytes;
    }

    /** What every peer of the extended profile grants unasked. */
    static SendCredit initial() {
        return new SendCredit(WindowLimits.INITIAL_CREDIT_BYTES);
    }

    /** For a peer that grants nothing, and forbids nothing. */
    static SendCredit unlimited() {
        return new SendCredit(Long.MAX_VALUE);
    }

    long availableBytes() {
        return grantedBytes - spentBytes;
    }

    void onGranted(long maxDataBytes) {
        if (maxDataBytes > grantedBytes) {
            grantedBytes = maxDataBytes;
            askAtNanos = Deadline.NONE;
            backoffNanos = 0;
        }
    }

    void spend(int bytes) {
        spentBytes += bytes;
    }

    /** There is something to send, and nothing left to send it with. */
    void onBlocked(long retransmissionTimeoutNanos, long nowNanos) {
        if (askAtNanos == Deadline.NONE) {
            backoffNanos = Math.max(backoffNanos, retransmissionTimeoutNanos);
            askAtNanos = nowNanos + backoffNanos;
        }
    }

    long askAtNanos() {
        return askAtNanos;
    }

    /** Whether the peer is to be asked now; if so, it counts as asked. */
    boolean takeAsk(long nowNanos) {
        if (nowNanos < askAtNanos) {
            return false;
        }
        askAtNanos = Deadline.NONE;
        backoffNanos = Math.min(2 * backoffNanos, MAX_BACKOFF_NANOS);
        return true;
    }
}
