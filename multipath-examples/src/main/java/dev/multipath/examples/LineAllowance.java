package dev.multipath.examples;

import java.util.concurrent.TimeUnit;

/**
 * How many lines of a session stand in the log: its peer can cause one with a few bytes, as often as it likes. So many at once, and
 * so many a second; the rest is counted. On one thread.
 */
final class LineAllowance {

    /** More than sixteen paths that come and go make while anybody looks at them. */
    static final int BURST_LINES = 50;

    /** Nobody reads faster. */
    static final long NANOS_PER_LINE = TimeUnit.MILLISECONDS.toNanos(200);

    /** When all lines so far are paid for. */
    private long paidAtNanos;

    private long untold;

    /** @param nowNanos the present */
    LineAllowance(long nowNanos) {
        paidAtNanos = nowNanos;
    }

    /** Whether a line may be written. */
    boolean take(long nowNanos) {
        if (paidAtNanos - nowNanos > (BURST_LINES - 1) * NANOS_PER_LINE) {
            untold++;
            return false;
        }
        paidAtNanos = (paidAtNanos - nowNanos > 0 ? paidAtNanos : nowNanos) + NANOS_PER_LINE;
        return true;
    }

    /** How many were not, since this was asked the last time. */
    long takeUntold() {
        long lines = untold;
        untold = 0;
        return lines;
    }
}
