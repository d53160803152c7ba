package dev.multipath.session;

/**
 * How much the peer lets us send, in bytes of new data from the session's beginning; and when to ask again, should the
 * grant have been lost with a subflow. Invariant: {@code spentBytes <= grantedBytes}.
 */
final class SendCredit {

    /** What may be sent before the peer's HELLO has come: {@code docs/PROTOCOL.md} 4.4. */
    static final long INITIAL_BYTES = 64 << 10;

    private static final long MAX_BACKOFF_NANOS = 5_000_000_000L;

    private long grantedBytes = INITIAL_BYTES;
    private long spentBytes;
    private long askAtNanos = MultipathSession.NO_DEADLINE;
    private long backoffNanos;

    long availableBytes() {
        return grantedBytes - spentBytes;
    }

    void onGranted(long maxDataBytes) {
        if (maxDataBytes > grantedBytes) {
            grantedBytes = maxDataBytes;
            askAtNanos = MultipathSession.NO_DEADLINE;
            backoffNanos = 0;
        }
    }

    void spend(int bytes) {
        spentBytes += bytes;
    }

    /** There is something to send, and nothing left to send it with. */
    void onBlocked(long retransmissionTimeoutNanos, long nowNanos) {
        if (askAtNanos == MultipathSession.NO_DEADLINE) {
            backoffNanos = Math.max(backoffNanos, retransmissionTimeoutNanos);
            askAtNanos = nowNanos + backoffNanos;
        }
    }

    long askAtNanos() {
        return askAtNanos;
    }

    /** The peer is being asked. */
    void onAsked() {
        askAtNanos = MultipathSession.NO_DEADLINE;
        backoffNanos = Math.min(2 * backoffNanos, MAX_BACKOFF_NANOS);
    }
}
