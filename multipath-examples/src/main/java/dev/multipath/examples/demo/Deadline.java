package dev.multipath.examples.demo;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The moment by which a run must have ended; every wait of the run goes through it. */
final class Deadline {
    private final long startNanos = System.nanoTime();
    private final long limitNanos;

    private Deadline(Duration limit) {
        limitNanos = limit.toNanos();
    }

    static Deadline in(Duration limit) {
        return new Deadline(limit);
    }

    /**
     * Waits for a result.
     *
     * @throws TimeoutException when the deadline comes first
     * @throws ExecutionException with what failed
     */
    <T> T await(Future<T> future) throws TimeoutException, ExecutionException, InterruptedException {
        return future.get(leftNanos(), TimeUnit.NANOSECONDS);
    }

    void check() throws TimeoutException {
        if (leftNanos() == 0) {
            throw new TimeoutException();
        }
    }

    private long leftNanos() {
        return Math.max(0, limitNanos - (System.nanoTime() - startNanos));
    }
}
