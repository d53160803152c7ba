package dev.multipath.session.sim;

import dev.multipath.session.sim.Traffic.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** How what scenarios are made of is drawn. */
final class Draws {

    static final long MILLISECOND = 1_000_000;
    static final long SECOND = 1_000 * MILLISECOND;

    static final int MAX_PATHS = 4;

    /** More frames say nothing new and take long. */
    private static final long MAX_WRITES = 10_000;

    private Draws() {}

    /** From low to high, every order of magnitude alike. */
    static long logarithmic(RandomGenerator random, long low, long high) {
        return Math.round(low * Math.pow((double) high / low, random.nextDouble()));
    }

    /** Some kinds, none of the others: what many kinds hide from each other, the swarm of the mixes shows. */
    static <K> List<K> mix(RandomGenerator random, K[] kinds) {
        List<K> mix = new ArrayList<>(List.of(kinds));
        mix.removeIf(kind -> random.nextBoolean());
        return mix.isEmpty() ? List.of(kinds) : mix;
    }

    static long startNanos(RandomGenerator random) {
        return random.nextBoolean() ? 0 : random.nextLong(1L << 50);
    }

    /** A path without faults. */
    static PathModel path(RandomGenerator random, long slowestRate, long longestDelayNanos) {
        long delayNanos = logarithmic(random, MILLISECOND / 20, longestDelayNanos);
        return new PathModel(
                slowestRate * logarithmic(random, 1, 20),
                delayNanos,
                random.nextBoolean() ? 0 : random.nextLong(delayNanos),
                logarithmic(random, 8 << 10, 1 << 20),
                logarithmic(random, 32 << 10, 4 << 20),
                List.of());
    }

    static Traffic traffic(RandomGenerator random, long wantedBytes, boolean echo) {
        // An echo has to answer all that comes, so its writes are not the smallest.
        long fewest = echo ? Math.max(1, wantedBytes / MAX_WRITES) : 1;
        int largest = (int) logarithmic(random, fewest, ByteStream.MAX_PIECE_BYTES);
        int smallest = (int) Math.max(1, Math.min(largest, logarithmic(random, 1, ByteStream.MAX_PIECE_BYTES)));
        long totalBytes = echo ? wantedBytes : Math.min(wantedBytes, MAX_WRITES * largest / 3);
        Reading reading = Reading.values()[Math.max(0, random.nextInt(Reading.values().length + 2) - 2)];
        return new Traffic(
                totalBytes,
                smallest,
                largest,
                (int) logarithmic(random, 1, 100),
                random.nextInt(3) > 0 ? 0 : logarithmic(random, MILLISECOND, 50 * MILLISECOND),
                reading,
                (int) logarithmic(random, 64 << 10, 1 << 20),
                reading == Reading.SLOW
                        ? logarithmic(random, MILLISECOND, SECOND / 4)
                        : logarithmic(random, 10 * MILLISECOND, 30 * SECOND),
                echo);
    }
}
