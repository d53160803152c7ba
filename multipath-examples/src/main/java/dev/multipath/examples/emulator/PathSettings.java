package dev.multipath.examples.emulator;

import java.time.Duration;
import java.util.Objects;

/**
 * How a path treats the bytes of one direction; both directions of a {@link PathEmulator} get the same, each for itself.
 *
 * @param rateBitsPerSecond what the path carries, shared by its connections; {@link #UNLIMITED} for as fast as it goes
 * @param oneWayDelay how long a byte travels once it has been sent
 * @param queueBytes how many bytes may wait for the rate before the source is no longer read; a path without a rate has
 *     no queue, and ignores it
 */
public record PathSettings(long rateBitsPerSecond, Duration oneWayDelay, int queueBytes) {

    /** The rate that limits nothing. */
    public static final long UNLIMITED = 0;

    /** Longer than any path on Earth or to the Moon; keeps all sums of nanoseconds far from overflow. */
    private static final Duration MAX_DELAY = Duration.ofMinutes(1);

    /** A usual size for the buffer of an access router: one long round trip. */
    private static final Duration DEFAULT_QUEUE = Duration.ofMillis(100);

    /** About ten packets: less would starve even a slow path. */
    private static final int MIN_DEFAULT_QUEUE_BYTES = 16 * 1024;

    private static final double BITS_PER_MEGABIT = 1e6;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException naming the value that cannot be
     */
    public PathSettings {
        Objects.requireNonNull(oneWayDelay, "oneWayDelay");
        if (rateBitsPerSecond < 0) {
            throw new IllegalArgumentException("rateBitsPerSecond: " + rateBitsPerSecond + " (expected: >= 0)");
        }
        if (oneWayDelay.isNegative() || oneWayDelay.compareTo(MAX_DELAY) > 0) {
            throw new IllegalArgumentException("oneWayDelay: " + oneWayDelay + " (expected: 0 to " + MAX_DELAY + ")");
        }
        if (queueBytes <= 0) {
            throw new IllegalArgumentException("queueBytes: " + queueBytes + " (expected: > 0)");
        }
    }

    /** A path that only relays: no rate, no delay. */
    public static PathSettings unlimited() {
        return of(UNLIMITED, Duration.ZERO);
    }

    /** A path of that rate in megabits (10^6 bits) per second and that delay, with a queue of 100 ms. */
    public static PathSettings ofMbit(double rateMbit, Duration oneWayDelay) {
        return of(bitsPerSecond(rateMbit), oneWayDelay);
    }

    /** A path of that rate and that delay, with a queue of 100 ms. */
    public static PathSettings of(long rateBitsPerSecond, Duration oneWayDelay) {
        PathSettings settings = new PathSettings(rateBitsPerSecond, oneWayDelay, MIN_DEFAULT_QUEUE_BYTES);
        int queueBytes = settings.withQueue(DEFAULT_QUEUE).queueBytes;
        return settings.withQueueBytes(Math.max(queueBytes, MIN_DEFAULT_QUEUE_BYTES));
    }

    /** The same with another rate in megabits (10^6 bits) per second. The queue keeps its size in bytes, as a router's. */
    public PathSettings withRateMbit(double rateMbit) {
        return withRateBitsPerSecond(bitsPerSecond(rateMbit));
    }

    /** The same with another rate. The queue keeps its size in bytes, as a router's. */
    public PathSettings withRateBitsPerSecond(long newRateBitsPerSecond) {
        return new PathSettings(newRateBitsPerSecond, oneWayDelay, queueBytes);
    }

    /** The same with another delay. */
    public PathSettings withOneWayDelay(Duration newOneWayDelay) {
        return new PathSettings(rateBitsPerSecond, newOneWayDelay, queueBytes);
    }

    /** The same with another queue. */
    public PathSettings withQueueBytes(int newQueueBytes) {
        return new PathSettings(rateBitsPerSecond, oneWayDelay, newQueueBytes);
    }

    /** The same with a queue that the present rate empties in that time. */
    public PathSettings withQueue(Duration time) {
        double bytes = rateBitsPerSecond / 8.0 * time.toNanos() / 1e9;
        return withQueueBytes((int) Math.max(1, Math.min(bytes, Integer.MAX_VALUE)));
    }

    private static long bitsPerSecond(double megabits) {
        // Written so that NaN is refused as well.
        if (!(megabits >= 0)) {
            throw new IllegalArgumentException("rateMbit: " + megabits + " (expected: >= 0)");
        }
        return Math.round(megabits * BITS_PER_MEGABIT);
    }
}
