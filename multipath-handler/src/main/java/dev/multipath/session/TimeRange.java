package dev.multipath.session;

import java.time.Duration;

/** Which durations may be configured. */
public final class TimeRange {

    /** A hundred years. Sums of two, and the clock, have to stay below the 292 years that 63 bits of nanoseconds hold. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private TimeRange() {}

    /**
     * Checks that a duration can be counted with.
     *
     * @param what its name
     * @param time not null
     * @param least the shortest
     * @throws IllegalArgumentException if it is shorter than the least or longer than a hundred years
     */
    public static void require(String what, Duration time, Duration least) {
        if (time.compareTo(least) < 0 || time.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    what + " must be from " + least + " to " + LONGEST.toDays() + " days, not " + time);
        }
    }
}
