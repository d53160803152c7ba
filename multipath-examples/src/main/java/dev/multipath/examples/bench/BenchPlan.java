package dev.multipath.examples.bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is to be measured; a client's first line tells the server.
 *
 * @param direction who sends
 * @param duration for how long at most
 * @param bytes how much at most, each way
 */
public record BenchPlan(Direction direction, Duration duration, long bytes) {
    /** Longer than the longest line. */
    static final int MAX_LINE_BYTES = 64;

    /** Longer than anybody measures. */
    private static final Duration MAX_DURATION = Duration.ofDays(1);

    private static final Pattern LINE = Pattern.compile("multipath-bench 1 (up|down|both) (\\d{1,9}) (\\d{1,19})\n");

    /** Who sends. */
    public enum Direction {
        /** The client. */
        UP,
        /** The server. */
        DOWN,
        /** Both, at the same time. */
        BOTH
    }

    /**
     * Checks the limits.
     *
     * @throws IllegalArgumentException if it would take nothing, or more than a day
     */
    public BenchPlan {
        if (duration.compareTo(MAX_DURATION) > 0 || duration.isZero()) {
            throw new IllegalArgumentException("a measurement takes more than nothing and at most a day");
        }
        if (bytes < 1) {
            throw new IllegalArgumentException("a measurement takes a byte at least");
        }
    }

    boolean clientSends() {
        return direction != Direction.DOWN;
    }

    boolean serverSends() {
        return direction != Direction.UP;
    }

    byte[] toLine() {
        return String.format(
                        Locale.ROOT,
                        "multipath-bench 1 %s %d %d\n",
                        direction.name().toLowerCase(Locale.ROOT),
                        duration.toMillis(),
                        bytes)
                .getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException if it is none of this version
     */
    static BenchPlan parse(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("the client does not speak bench");
        }
        return new BenchPlan(
                Direction.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
                Duration.ofMillis(Long.parseLong(matcher.group(2))),
                Long.parseLong(matcher.group(3)));
    }
}
