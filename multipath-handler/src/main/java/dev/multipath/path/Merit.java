package dev.multipath.path;

import java.util.concurrent.TimeUnit;

/**
 * What a subflow has done for its path since it was established, or since it was last asked: carried enough of the stream, or
 * lived long enough. That earns the path quick redials, once; a handshake does not.
 */
final class Merit {

    /** Enough that a peer which gives so much for each redial is worth it; a slow path carries it in some seconds. */
    static final long EARNING_BYTES = 64 << 10;

    /** For sessions with little to say: who is redialled every five seconds costs nobody anything. */
    static final long EARNING_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Of a subflow that may be dead, whose age is no merit. */
    private static final long NEVER = -1;

    private long carriedBytesBefore;
    private long sinceNanos;

    /** Begins when the subflow is established; times are differences of {@code System.nanoTime()}, at or above zero. */
    Merit(long nowNanos) {
        sinceNanos = nowNanos;
    }

    /** Whether it has earned something; it begins anew then. */
    boolean take(long carriedBytes, long nowNanos) {
        boolean earned = carriedBytes - carriedBytesBefore >= EARNING_BYTES
                || (sinceNanos != NEVER && nowNanos - sinceNanos >= EARNING_NANOS);
        if (earned) {
            carriedBytesBefore = carriedBytes;
            sinceNanos = sinceNanos == NEVER ? NEVER : nowNanos;
        }
        return earned;
    }

    void onDoubtful() {
        sinceNanos = NEVER;
    }

    /** Returns whether that was in doubt; its age counts again from now on then. */
    boolean onDelivers(long nowNanos) {
        boolean wasInDoubt = sinceNanos == NEVER;
        sinceNanos = wasInDoubt ? nowNanos : sinceNanos;
        return wasInDoubt;
    }
}
