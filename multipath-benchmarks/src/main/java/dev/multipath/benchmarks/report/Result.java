package dev.multipath.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an experiment has shown: the readings of each variant, round by round. */
public final class Result {

    /** Plain Netty's own figures lie no further apart than this on a machine that has nothing else to do. */
    static final double MAX_BASELINE_SPREAD = 0.15;

    private final String title;
    private final Map<Variant, List<Reading>> readings;
    private final List<String> doubts;

    Result(String title, Map<Variant, List<Reading>> readings, List<String> doubts) {
        this.title = title;
        this.readings = new LinkedHashMap<>(readings);
        this.doubts = List.copyOf(doubts);
    }

    /** {@return what was measured, for people} */
    public String title() {
        return title;
    }

    /** {@return the variants, in the order of the table} */
    public Set<Variant> variants() {
        return readings.keySet();
    }

    /** {@return the columns} */
    public Set<Metric> metrics() {
        return readings.values().iterator().next().get(0).values().keySet();
    }

    /** {@return why these figures should not be used; empty if the machine was idle} */
    public List<String> doubts() {
        return doubts;
    }

    /**
     * {@return the values of a variant}
     *
     * @param variant one of the experiment's
     * @param metric one of the columns
     */
    public Summary summary(Variant variant, Metric metric) {
        return Summary.of(values(variant, metric));
    }

    /**
     * {@return a variant's values beside its baseline's, each of the same round: {@link Metric#comparison()} says how; infinite for a
     * round in which the baseline has shown nothing}
     *
     * @param variant one of the experiment's
     * @param metric one of the columns
     * @throws IllegalStateException if there is no ratio, since the baseline has mostly shown nothing
     */
    public Summary comparison(Variant variant, Metric metric) {
        double[] own = values(variant, metric);
        Variant baseline = baseline(variant);
        double[] base = values(baseline, metric);
        double median = Summary.of(base).median();
        if (metric.comparison() == Metric.Comparison.RATIO && median <= 0) {
            throw new IllegalStateException(baseline.label() + " has shown " + median + " " + metric.name());
        }
        double[] compared = new double[own.length];
        for (int i = 0; i < own.length; i++) {
            if (metric.comparison() == Metric.Comparison.DIFFERENCE) {
                compared[i] = own[i] - base[i];
            } else {
                compared[i] = own[i] == base[i] ? 1 : own[i] / base[i];
            }
        }
        return Summary.of(compared);
    }

    private Variant baseline(Variant variant) {
        return readings.keySet().stream()
                .filter(each -> each.label().equals(variant.baseline()))
                .findFirst()
                .orElseThrow();
    }

    double[] values(Variant variant, Metric metric) {
        return readings.get(variant).stream()
                .mapToDouble(reading -> reading.values().get(metric))
                .toArray();
    }
}
