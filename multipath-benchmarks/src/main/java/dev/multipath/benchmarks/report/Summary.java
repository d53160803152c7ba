package dev.multipath.benchmarks.report;

import java.util.Arrays;

/**
 * Of some values, one a round.
 *
 * @param min the least
 * @param median the middle one, or the mean of both
 * @param max the greatest
 */
public record Summary(double min, double median, double max) {

    static Summary of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Summary(sorted[0], median, sorted[sorted.length - 1]);
    }

    /** {@return how far the values lie apart, as a part of the median} */
    public double spread() {
        return median == 0 ? 0 : (max - min) / median;
    }
}
