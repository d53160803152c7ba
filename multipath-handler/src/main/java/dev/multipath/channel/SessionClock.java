package dev.multipath.channel;

/** The time of all sessions of the process: nanoseconds from its start, as {@code System.nanoTime()} itself may be negative. */
final class SessionClock {

    private static final long START_NANOS = System.nanoTime();

    private SessionClock() {}

    static long nowNanos() {
        return System.nanoTime() - START_NANOS;
    }
}
