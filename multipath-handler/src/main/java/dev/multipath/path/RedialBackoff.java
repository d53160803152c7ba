package dev.multipath.path;

import java.util.random.RandomGenerator;

/**
 * How long a path waits for its next attempt: twice as long after every failure in a row. A handshake is no success: a peer
 * that accepts and closes, or breaks the protocol, would be dialled for ever. See {@link Merit}.
 */
final class RedialBackoff {

    private final DialPolicy policy;
    private final RandomGenerator random;
    private int failedInARow;

    RedialBackoff(DialPolicy policy, RandomGenerator random) {
        this.policy = policy;
        this.random = random;
    }

    /** Or not yet proved that it was a success. */
    void onFailed() {
        failedInARow++;
    }

    /** It was earned that the path is dialled soon. */
    void reset() {
        failedInARow = 0;
    }

    /** Half to one and a half times what it is, so that clients do not return in step. */
    long delayNanos() {
        long delayNanos = policy.redialDelay().toNanos();
        long maxNanos = policy.maxRedialDelay().toNanos();
        for (int i = 0; i < failedInARow && delayNanos < maxNanos; i++) {
            delayNanos *= 2;
        }
        delayNanos = Math.min(delayNanos, maxNanos);
        return delayNanos / 2 + random.nextLong(delayNanos + 1);
    }
}
