package dev.multipath.benchmarks.report;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Experiments whose readings are known. */
final class Experiments {

    static final Metric SPEED = new Metric("MB/s", 0);
    static final Metric GARBAGE = new Metric("B/write", 0, Metric.Comparison.DIFFERENCE);
    static final Variant PLAIN = variant("plain", "plain");
    static final Variant OURS = variant("ours", "plain");
    static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

    private Experiments() {}

    /** Whose readings are given otherwise. */
    static Variant variant(String label, String baseline) {
        return new Variant(label, baseline, () -> {
            throw new IllegalStateException();
        });
    }

    /** One that reads these speeds in turn. */
    static Variant reading(String label, String baseline, double... speeds) {
        int[] next = {0};
        return new Variant(label, baseline, () -> new Reading(Map.of(SPEED, speeds[next[0]++ % speeds.length])));
    }

    static Reading reading(double speed, double garbage) {
        Map<Metric, Double> values = new LinkedHashMap<>();
        values.put(SPEED, speed);
        values.put(GARBAGE, garbage);
        return new Reading(values);
    }

    /** Plain and ours: ratios .5, .8 and 2, a median of .8; 30, 40 and 0 B more. */
    static Result result(String... doubts) {
        Map<Variant, List<Reading>> readings = new LinkedHashMap<>();
        readings.put(PLAIN, List.of(reading(100, 0), reading(1000, 10), reading(100, 20)));
        readings.put(OURS, List.of(reading(50, 30), reading(800, 50), reading(200, 20)));
        return new Result("bulk, 64 B", readings, List.of(doubts));
    }

    static Result withBaseline(double speed) {
        Map<Variant, List<Reading>> readings = new LinkedHashMap<>();
        readings.put(PLAIN, new ArrayList<>(List.of(reading(speed, 0))));
        readings.put(OURS, new ArrayList<>(List.of(reading(50, 1))));
        return new Result("bulk", readings, List.of());
    }
}
