package dev.multipath.benchmarks.report;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Runs the variants of an experiment in turn, round after round, so that a machine whose speed drifts drifts for all. Each
 * round begins with another variant, or the first would always have the coolest processor.
 */
public final class Rounds {

    /** Looked at once: later it is the load that we are ourselves. */
    private static final Load LOAD_AT_START = Load.now();

    private final Load loadAtStart;
    private final int warmup;
    private final int counted;
    private final PrintStream progress;

    /**
     * Makes a plan.
     *
     * @param warmup rounds that are run and not counted
     * @param counted rounds that are counted, at least one
     * @param progress is told of each round
     */
    public Rounds(int warmup, int counted, PrintStream progress) {
        this(warmup, counted, progress, LOAD_AT_START);
    }

    Rounds(int warmup, int counted, PrintStream progress, Load loadAtStart) {
        if (warmup < 0 || counted < 1) {
            throw new IllegalArgumentException(warmup + " and " + counted + " rounds");
        }
        this.loadAtStart = loadAtStart;
        this.warmup = warmup;
        this.counted = counted;
        this.progress = progress;
    }

    /**
     * Measures.
     *
     * @param title what is measured, for people
     * @param variants all with the same metrics
     * @return the readings, and whether the machine was idle enough for them
     * @throws Exception what a variant throws
     */
    public Result run(String title, List<Variant> variants) throws Exception {
        check(variants);
        List<String> doubts = new ArrayList<>();
        checkLoad(doubts);
        Map<Variant, List<Reading>> readings = new LinkedHashMap<>();
        variants.forEach(variant -> readings.put(variant, new ArrayList<>()));
        Set<Metric> metrics = null;
        for (int round = 0; round < warmup + counted; round++) {
            progress.printf(
                    "%s: %s %d of %d%n",
                    title,
                    round < warmup ? "warm-up" : "round",
                    round < warmup ? round + 1 : round - warmup + 1,
                    round < warmup ? warmup : counted);
            for (int i = 0; i < variants.size(); i++) {
                Variant variant = variants.get((i + round) % variants.size());
                Reading reading = variant.run().measure();
                if (metrics == null) {
                    metrics = reading.values().keySet();
                } else if (!metrics.equals(reading.values().keySet())) {
                    throw new IllegalStateException(variant.label() + " has other metrics than " + metrics);
                }
                if (round >= warmup) {
                    readings.get(variant).add(reading);
                }
            }
        }
        Result result = new Result(title, readings, doubts);
        checkSpread(result, doubts);
        // A run whose baseline has shown nothing fails, whether or not its figures are wanted.
        for (Variant variant : variants) {
            metrics.forEach(metric -> result.comparison(variant, metric));
        }
        return new Result(title, readings, doubts);
    }

    private static void check(List<Variant> variants) {
        Set<String> labels = new HashSet<>();
        for (Variant variant : variants) {
            if (!labels.add(variant.label())) {
                throw new IllegalArgumentException("twice: " + variant.label());
            }
        }
        for (Variant variant : variants) {
            if (!labels.contains(variant.baseline())) {
                throw new IllegalArgumentException("no baseline " + variant.baseline());
            }
        }
        if (variants.isEmpty()) {
            throw new IllegalArgumentException("nothing to compare");
        }
    }

    private void checkLoad(List<String> doubts) {
        loadAtStart.doubt().ifPresent(doubts::add);
    }

    /** By the first metric, which is the experiment's point. */
    private static void checkSpread(Result result, List<String> doubts) {
        Metric first = result.metrics().iterator().next();
        for (Variant variant : result.variants()) {
            double spread = result.summary(variant, first).spread();
            if (variant.isBaseline() && spread > Result.MAX_BASELINE_SPREAD) {
                doubts.add(String.format(
                        Locale.ROOT,
                        "%s varies by %.0f %% of its median %s",
                        variant.label(),
                        100 * spread,
                        first.name()));
            }
        }
    }
}
