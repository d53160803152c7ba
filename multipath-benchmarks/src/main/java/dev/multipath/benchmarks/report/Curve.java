package dev.multipath.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/**
 * How something grows with something else: which variants of an experiment are points of a line, and where.
 *
 * @param over what grows from point to point, for people
 * @param metric what is looked at: each variant's beside its baseline's
 * @param points in their order on each line
 */
public record Curve(String over, Metric metric, List<Point> points) {

    /**
     * One of them.
     *
     * @param line whose
     * @param at how much there is of what grows, more than 0
     * @param variant what is measured there
     */
    public record Point(String line, double at, Variant variant) {}

    /** Makes a copy. */
    public Curve {
        points = List.copyOf(points);
    }

    private record Line(List<Double> at, List<Double> medians, List<Double> spreads) {
        Line() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }
    }

    XYChart chart(Result result, int width, int height) {
        String beside =
                metric.comparison() == Metric.Comparison.RATIO ? ", ratio to the baseline" : ", more than the baseline";
        XYChart chart = new XYChartBuilder()
                .width(width)
                .height(height)
                .title(result.title())
                .xAxisTitle(over)
                .yAxisTitle(metric.name() + beside)
                .build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0);
        Map<String, Line> lines = new LinkedHashMap<>();
        for (Point point : points) {
            Line line = lines.computeIfAbsent(point.line(), name -> new Line());
            Summary summary = result.comparison(point.variant(), metric);
            line.at.add(point.at());
            line.medians.add(summary.median());
            line.spreads.add(Math.max(summary.max() - summary.median(), summary.median() - summary.min()));
        }
        lines.forEach((name, line) -> chart.addSeries(name, line.at, line.medians, line.spreads));
        return chart;
    }
}
