package dev.multipath.channel;

import java.util.concurrent.TimeUnit;

/**
 * How much a route has to prove on which data got stuck. That grows when it fails again soon after it was trusted, until it is
 * more than the route delivers between two failures: then these cost nothing but copies. Having delivered it, and time, make
 * up for it. Times are those of one clock.
 */
final class RouteTrust {

    /** Some twenty full packets: a path that carries them carries more. Little beside what a stall costs. */
    static final long FIRST_TRIAL_BYTES = 32 << 10;

    /** Of a trial to the one before: the fifth is 8 MiB, more than a second of most paths. */
    private static final long GROWTH = 4;

    /** Some seconds of most paths; who delivers it and then fails again has been of use. */
    static final long LONGEST_TRIAL_BYTES = 16 << 20;

    /** Who has delivered what he had to prove and worked for so long begins anew: some failures' worth of seconds. */
    static final long FORGIVING_NANOS = TimeUnit.SECONDS.toNanos(10);

    private long trialBytes;
    private long failedAtNanos;

    /**
     * A subflow has gone stale with data on the way. Returns how much it has to deliver in copies first if it comes back
     * itself; nothing if it is as trusted as before.
     */
    long onFailed(boolean wasTrusted, long nowNanos) {
        if (trialBytes == 0 || (wasTrusted && isLongAgo(nowNanos))) {
            trialBytes = FIRST_TRIAL_BYTES;
        } else if (wasTrusted) {
            trialBytes = Math.min(GROWTH * trialBytes, LONGEST_TRIAL_BYTES);
        }
        failedAtNanos = nowNanos;
        // Who fails while he is on trial has taken nothing with him; he goes on to be.
        return wasTrusted && trialBytes > FIRST_TRIAL_BYTES ? trialBytes : 0;
    }

    /**
     * How much the next subflow has to deliver in copies first.
     *
     * @param passed whether the one before has delivered what it had to
     */
    long trialBytes(boolean passed) {
        return passed && trialBytes == FIRST_TRIAL_BYTES ? 0 : trialBytes;
    }

    /** Whether there is nothing more to be remembered. */
    boolean isForgiven(boolean passed, long nowNanos) {
        return passed && isLongAgo(nowNanos);
    }

    private boolean isLongAgo(long nowNanos) {
        return nowNanos - failedAtNanos >= FORGIVING_NANOS;
    }
}
