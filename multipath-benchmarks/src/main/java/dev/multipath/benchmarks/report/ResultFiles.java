package dev.multipath.benchmarks.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;

/** Writes a result as JSON, every reading of it, and as a chart: of its first metric, or a curve. */
public final class ResultFiles {

    private static final int CHART_WIDTH = 1100;
    private static final int CHART_HEIGHT = 500;

    private ResultFiles() {}

    /**
     * Writes both.
     *
     * @param result to be shown
     * @param directory is made if need be
     * @throws IOException if it cannot be written to
     */
    public static void write(Result result, Path directory) throws IOException {
        write(result, bars(result), directory);
    }

    /**
     * Writes both, the chart as a curve.
     *
     * @param result to be shown
     * @param curve what its variants are points of
     * @param directory is made if need be
     * @throws IOException if it cannot be written to
     */
    public static void write(Result result, Curve curve, Path directory) throws IOException {
        write(result, curve.chart(result, CHART_WIDTH, CHART_HEIGHT), directory);
    }

    private static void write(Result result, Chart<?, ?> chart, Path directory) throws IOException {
        Files.createDirectories(directory);
        String name = result.title().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        writeJson(result, directory.resolve(name + ".json"));
        // Not beside newer values: a chart of an earlier run.
        Files.deleteIfExists(directory.resolve(name + ".png"));
        if (result.doubts().isEmpty()) {
            BitmapEncoder.saveBitmap(chart, directory.resolve(name).toString(), BitmapEncoder.BitmapFormat.PNG);
        }
    }

    private static void writeJson(Result result, Path file) throws IOException {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = mapper.createObjectNode();
        root.put("title", result.title());
        root.put("java", Runtime.version().toString());
        root.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        root.put("cores", Runtime.getRuntime().availableProcessors());
        result.doubts().forEach(root.putArray("doubts")::add);
        ArrayNode variants = root.putArray("variants");
        for (Variant variant : result.variants()) {
            ObjectNode node = variants.addObject();
            node.put("label", variant.label());
            node.put("baseline", variant.baseline());
            for (Metric metric : result.metrics()) {
                ArrayNode values = node.putArray(metric.name());
                for (double value : result.values(variant, metric)) {
                    values.add(value);
                }
            }
        }
        mapper.writeValue(file.toFile(), root);
    }

    private static CategoryChart bars(Result result) {
        Metric metric = result.metrics().iterator().next();
        CategoryChart chart = new CategoryChartBuilder()
                .width(CHART_WIDTH)
                .height(CHART_HEIGHT)
                .title(result.title())
                .yAxisTitle(metric.name() + ", median; lines: to the farthest round, either way")
                .build();
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setXAxisLabelRotation(30);
        List<String> labels = new ArrayList<>();
        List<Double> medians = new ArrayList<>();
        List<Double> spreads = new ArrayList<>();
        for (Variant variant : result.variants()) {
            Summary summary = result.summary(variant, metric);
            labels.add(variant.label());
            medians.add(summary.median());
            spreads.add(Math.max(summary.max() - summary.median(), summary.median() - summary.min()));
        }
        chart.addSeries(metric.name(), labels, medians, spreads);
        return chart;
    }
}
