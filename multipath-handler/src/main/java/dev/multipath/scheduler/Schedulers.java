package dev.multipath.scheduler;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** The schedulers by name. Each constant makes the scheduler of a session, so it is a value for the option as it is. */
public enum Schedulers implements Supplier<Scheduler> {

    /** {@link EarliestArrivalScheduler}: the default. */
    EARLIEST(EarliestArrivalScheduler::new),
    /** {@link LowestRttScheduler}. */
    LOWEST_RTT(LowestRttScheduler::new),
    /** {@link RoundRobinScheduler}. */
    ROUND_ROBIN(RoundRobinScheduler::new),
    /** {@link WeightedScheduler}. */
    WEIGHTED(WeightedScheduler::new),
    /** {@link RedundantScheduler}, every frame on two subflows. */
    REDUNDANT(RedundantScheduler::new),
    /** {@link BoundedRedundancyScheduler}, over earliest arrival. */
    BOUNDED_REDUNDANCY(BoundedRedundancyScheduler::new),
    /** {@link LowLatencyScheduler}. */
    LOW_LATENCY(LowLatencyScheduler::new),
    /** {@link CostlyPathScheduler}, for deadlines only. */
    COSTLY(CostlyPathScheduler::new),
    /** A mode: one path, and another one if it fails. {@link HandoverScheduler}. */
    HANDOVER(HandoverScheduler::new),
    /** A mode: for what people wait for. {@link LowLatencyScheduler}, with {@linkplain BoundedRedundancyScheduler some copies}. */
    INTERACTIVE(
            () -> new BoundedRedundancyScheduler(new LowLatencyScheduler(), BoundedRedundancyScheduler.DEFAULT_BUDGET)),
    /** A mode: all paths, for the sum of their rates. As {@link #EARLIEST}. */
    AGGREGATE(EarliestArrivalScheduler::new);

    private final Supplier<Scheduler> maker;

    Schedulers(Supplier<Scheduler> maker) {
        this.maker = maker;
    }

    /** {@return a new scheduler, for one session} */
    @Override
    public Scheduler get() {
        return maker.get();
    }

    /** {@return its name for people, such as {@code lowest-rtt}} */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@return the names of all, in the order of the constants} */
    public static List<String> words() {
        return Arrays.stream(values()).map(Schedulers::word).toList();
    }

    /**
     * {@return the one of that name}
     *
     * @param word as {@link #word()} has it
     * @throws IllegalArgumentException if there is none; its message names all
     */
    public static Schedulers byName(String word) {
        return Arrays.stream(values())
                .filter(scheduler -> scheduler.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no scheduler " + word + "; there are " + String.join(", ", words())));
    }
}
