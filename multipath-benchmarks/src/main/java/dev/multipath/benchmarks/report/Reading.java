package dev.multipath.benchmarks.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one run of one variant has shown.
 *
 * @param values by metric, in the order of the columns
 */
public record Reading(Map<Metric, Double> values) {

    /**
     * Makes a copy.
     *
     * @throws IllegalArgumentException if a value is no number: nothing was counted that it could be divided by
     */
    public Reading {
        values.forEach((metric, value) -> {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException(metric.name() + " was not measured: " + value);
            }
        });
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }
}
