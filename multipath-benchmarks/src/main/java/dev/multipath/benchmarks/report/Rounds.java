package dev.multipath.benchmarks.report;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs the variants of an experiment in turn, round after round, so that a machine whose speed drifts drifts for all. Each
 * round begins with another variant, or the first would always have the coolest processor.
 */
public final class Rounds {

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
        List<String> doubts = new ArrayList<>();
        checkLoad(doubts);
        Map<Variant, List<Reading>> readings = new LinkedHashMap<>();
        variants.forEach(variant -> readings.put(variant, new ArrayList<>()));
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
                if (round >= warmup) {
                    readings.get(variant).add(reading);
                }
            }
        }
        Result result = new Result(title, readings, doubts);
        checkSpread(result, doubts);
        return new Result(title, readings, doubts);
    }

    private static void checkLoad(List<String> doubts) {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        int cores = Runtime.getRuntime().availableProcessors();
        if (load > cores) {
            doubts.add(String.format(Locale.ROOT, "the load is %.1f on %d cores", load, cores));
        }
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
