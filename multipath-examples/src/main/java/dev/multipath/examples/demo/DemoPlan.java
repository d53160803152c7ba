package dev.multipath.examples.demo;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * What a demo run does.
 *
 * @param sizeBytes how much is sent
 * @param links the emulated paths
 * @param faultyLink which of them is blackholed, an index of {@code links}
 * @param timeLimit for the whole run
 */
record DemoPlan(long sizeBytes, List<EmulatedLink> links, int faultyLink, Duration timeLimit) {
    /** Different enough that a scheduler which treats them alike loses to the better one alone. */
    private static final List<EmulatedLink> LINKS =
            List.of(EmulatedLink.of("fibre", 48, 10), EmulatedLink.of("lte", 36, 25));

    /** The better link is the one to lose: that hurts most. */
    private static final int FAULTY_LINK = 0;

    /** When the blackhole begins, as a part of what is to arrive. */
    private static final double FAULT_AT = 0.4;

    /** How long it lasts, as a part of the time the whole transfer needs without it. */
    private static final double FAULT_SHARE = 0.2;

    private static final Duration SHORTEST_FAULT = Duration.ofMillis(300);
    private static final Duration LONGEST_FAULT = Duration.ofSeconds(5);

    /** The comparison transfers what the better path carries in this time, long enough for its start not to matter. */
    private static final Duration COMPARISON_TIME = Duration.ofSeconds(2);

    /** A run that needs so many times what it should, and {@link #LEAST_TIME_LIMIT} more, is stuck. */
    private static final int PATIENCE = 5;

    private static final Duration LEAST_TIME_LIMIT = Duration.ofSeconds(60);
    private static final double MILLIS_PER_SECOND = 1000;

    /** The usual run of that size, with that time limit or, if it is null, one that fits. */
    static DemoPlan of(long sizeBytes, Duration timeLimit) {
        Duration fitting =
                LEAST_TIME_LIMIT.plus(undisturbedTime(sizeBytes, LINKS).multipliedBy(PATIENCE));
        return new DemoPlan(sizeBytes, LINKS, FAULTY_LINK, timeLimit == null ? fitting : timeLimit);
    }

    /** What a transfer takes when nothing fails and nothing is wasted. */
    private static Duration undisturbedTime(long sizeBytes, List<EmulatedLink> links) {
        long bitsPerSecond = links.stream()
                .mapToLong(link -> link.settings().rateBitsPerSecond())
                .sum();
        return Duration.ofMillis((long) (sizeBytes * 8.0 / bitsPerSecond * MILLIS_PER_SECOND));
    }

    EmulatedLink bestLink() {
        return links.stream()
                .max(Comparator.comparingDouble(EmulatedLink::rateMbit))
                .orElseThrow();
    }

    long comparisonBytes() {
        return (long)
                (bestLink().settings().rateBitsPerSecond() / 8.0 * COMPARISON_TIME.toMillis() / MILLIS_PER_SECOND);
    }

    long faultAtBytes() {
        return (long) (sizeBytes * FAULT_AT);
    }

    Duration faultTime() {
        double millis = undisturbedTime(sizeBytes, links).toMillis() * FAULT_SHARE;
        return Duration.ofMillis(
                (long) Math.max(SHORTEST_FAULT.toMillis(), Math.min(LONGEST_FAULT.toMillis(), millis)));
    }

    List<String> labels() {
        return links.stream().map(EmulatedLink::label).toList();
    }
}
