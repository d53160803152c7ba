package dev.multipath.benchmarks.report;

/**
 * One of the things that an experiment compares.
 *
 * @param label for people; unique in its experiment
 * @param baseline the label of the variant that its ratios are taken against; its own for a baseline
 * @param run measures it once
 */
public record Variant(String label, String baseline, Run run) {

    /** One measurement. */
    @FunctionalInterface
    public interface Run {
        /**
         * Sets up, measures, tears down.
         *
         * @return what was seen
         * @throws Exception if it cannot be measured, which ends the experiment
         */
        Reading measure() throws Exception;
    }

    /** {@return whether others are compared with it} */
    public boolean isBaseline() {
        return label.equals(baseline);
    }
}
