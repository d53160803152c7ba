package dev.multipath.benchmarks.report;

import java.io.PrintStream;
import java.util.Locale;

/** Prints results in Markdown, so that a table of the documentation is what a run has printed. */
public final class TextTable {

    private static final int RATIO_DECIMALS = 2;

    private TextTable() {}

    /**
     * Prints medians, with least and greatest, and the ratio to the baseline, or what is more than there. A run on a busy machine has no figures: it
     * says why.
     *
     * @param result to be shown
     * @param anyway whether figures of a busy machine are wanted all the same
     * @param out where to
     */
    public static void print(Result result, boolean anyway, PrintStream out) {
        out.printf("%n### %s%n%n", result.title());
        result.doubts().forEach(doubt -> out.printf("**The machine is busy: %s.**%n%n", doubt));
        if (!result.doubts().isEmpty() && !anyway) {
            out.println("No figures, since they would mean nothing (--anyway shows them).");
            return;
        }
        StringBuilder head = new StringBuilder("| |");
        StringBuilder line = new StringBuilder("| --- |");
        for (Metric metric : result.metrics()) {
            String beside = metric.comparison() == Metric.Comparison.RATIO ? "ratio" : "more";
            head.append(' ')
                    .append(metric.name())
                    .append(" (min..max) | ")
                    .append(beside)
                    .append(" (min..max) |");
            line.append(" ---: | ---: |");
        }
        out.println(head);
        out.println(line);
        for (Variant variant : result.variants()) {
            StringBuilder row = new StringBuilder("| ").append(variant.label()).append(" |");
            for (Metric metric : result.metrics()) {
                row.append(cell(result.summary(variant, metric), metric.decimals()));
                row.append(
                        variant.isBaseline() ? " |" : cell(result.comparison(variant, metric), besideDecimals(metric)));
            }
            out.println(row);
        }
    }

    private static int besideDecimals(Metric metric) {
        return metric.comparison() == Metric.Comparison.RATIO ? RATIO_DECIMALS : metric.decimals();
    }

    private static String cell(Summary summary, int decimals) {
        String number = "%." + decimals + "f";
        return String.format(
                Locale.ROOT,
                " **" + number + "** (" + number + ".." + number + ") |",
                summary.median(),
                summary.min(),
                summary.max());
    }
}
