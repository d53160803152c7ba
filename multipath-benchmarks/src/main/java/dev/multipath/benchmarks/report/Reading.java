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

    /** Makes a copy. */
    public Reading {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }
}
