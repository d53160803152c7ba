package dev.multipath.benchmarks.report;

import java.util.Locale;

/**
 * How far a variant may be from its baseline: by the median of its rounds' ratios.
 *
 * @param metric one that is compared by its ratio
 * @param ratio the least, or the greatest, that is good
 * @param bound which of both
 */
public record Floor(Metric metric, double ratio, Bound bound) {

    /** Whether more is better. */
    public enum Bound {
        /** Speed. */
        AT_LEAST,
        /** Time, processor time. */
        AT_MOST
    }

    /** Checks them. */
    public Floor {
        if (metric.comparison() != Metric.Comparison.RATIO || !(ratio > 0)) {
            throw new IllegalArgumentException(metric + " by " + ratio);
        }
    }

    /**
     * {@return the same, for a short run with noise}
     *
     * @param part of it, below 1
     */
    public Floor loosened(double part) {
        return new Floor(metric, bound == Bound.AT_LEAST ? ratio * part : ratio / part, bound);
    }

    /**
     * {@return whether a result is good enough}
     *
     * @param result of an experiment
     * @param variant one of its variants, not a baseline
     */
    public boolean isMet(Result result, Variant variant) {
        double seen = result.comparison(variant, metric).median();
        return bound == Bound.AT_LEAST ? seen >= ratio : seen <= ratio;
    }

    /** {@return for people} */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s %s %.2f", metric.name(), bound == Bound.AT_LEAST ? ">=" : "<=", ratio);
    }
}
