package dev.multipath.transport;

import io.netty.util.internal.logging.InternalLogLevel;
import io.netty.util.internal.logging.InternalLogger;

/** A log of what may happen at any rate, others' or that of a loop that fails: so many lines are written, and the rest counted. */
public final class SparseLog {

    private final InternalLogger logger;
    private final InternalLogLevel level;
    private final long periodNanos;

    private long suppressed;
    private long nextNanos = System.nanoTime();

    /**
     * Creates one.
     *
     * @param logger where to
     * @param level of its lines
     * @param periodNanos from one line to the next, at least
     */
    public SparseLog(InternalLogger logger, InternalLogLevel level, long periodNanos) {
        this.logger = logger;
        this.level = level;
        this.periodNanos = periodNanos;
    }

    /**
     * Writes a line, unless there was one a short time ago. Any thread.
     *
     * @param message the line
     */
    public synchronized void log(String message) {
        if (!logger.isEnabled(level)) {
            return;
        }
        long nowNanos = System.nanoTime();
        if (nowNanos - nextNanos < 0) {
            suppressed++;
            return;
        }
        nextNanos = nowNanos + periodNanos;
        logger.log(level, suppressed == 0 ? message : message + " (and " + suppressed + " like that before)");
        suppressed = 0;
    }
}
