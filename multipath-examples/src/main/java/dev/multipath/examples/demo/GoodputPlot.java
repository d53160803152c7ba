package dev.multipath.examples.demo;

import java.awt.Color;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A picture of a run: what arrived by each path over time, with what happened to the paths. */
public final class GoodputPlot {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 520;

    /** Enough to see a stall, and no more than a run of seconds has to show. */
    private static final int MAX_POINTS = 150;

    /** In pixels, with some room. */
    private static final int CHARACTER_WIDTH = 8;

    /** Of marks' words; more would leave too little for the lines. */
    private static final int MAX_ROWS = 6;

    /** As a part of the lines' height. */
    private static final double ROW_HEIGHT = 0.06;

    private static final double SHORTEST_STEP_SECONDS = 0.1;

    /** Three looks at what has arrived: one may come just before something does. */
    private static final double SHORTEST_STALL_SECONDS = 0.3;

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double BITS_PER_MEGABIT = 1e6;
    private static final String ALL = "all (in order)";

    /** What a picture's file name may end with. */
    public enum Format {
        PNG,
        SVG;

        /**
         * The format of a file by its name.
         *
         * @throws IllegalArgumentException if it has another ending
         */
        public static Format of(Path file) {
            String name = file.toString().toLowerCase(Locale.ROOT);
            for (Format format : values()) {
                if (name.endsWith("." + format.name().toLowerCase(Locale.ROOT))) {
                    return format;
                }
            }
            throw new IllegalArgumentException("'" + file + "' does not end with .png or .svg");
        }
    }

    private record Sample(double seconds, long allBytes, Map<String, Long> bytesByPath) {}

    /** What happened, and when. */
    record Mark(double seconds, String text) {}

    private final Path file;
    private final Format format;
    private final List<Sample> samples = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private long beganNanos;

    /** A picture that will be in that file, in the format that its name says. */
    public GoodputPlot(Path file) {
        this.file = file;
        this.format = Format.of(file);
    }

    /**
     * Draws a word to nowhere. A system without a screen often has no fonts, or not what draws them, and nobody wants to learn that after
     * the run.
     *
     * @throws IOException if there will be no picture
     */
    public static void requireFonts() throws IOException {
        try {
            new TextLayout(ALL, new Font(Font.SANS_SERIF, Font.PLAIN, 10), new FontRenderContext(null, true, false));
        } catch (RuntimeException | LinkageError | InternalError e) {
            throw new IOException(
                    "no words can be drawn here; a picture needs fonts and their libraries (Debian: libfontconfig1,"
                            + " libharfbuzz0b, fonts-dejavu-core): " + e,
                    e);
        }
    }

    /** The time axis begins now. */
    public void begin(long nowNanos) {
        beganNanos = nowNanos;
    }

    /** So much has arrived: at the application, and by each path, copies included. */
    public void sample(long nowNanos, long allBytes, Map<String, Long> bytesByPath) {
        samples.add(new Sample(seconds(nowNanos), allBytes, Map.copyOf(bytesByPath)));
    }

    /** Something happened to a path. */
    public void mark(long nowNanos, String text) {
        marks.add(new Mark(seconds(nowNanos), text));
    }

    private double seconds(long nowNanos) {
        return (nowNanos - beganNanos) / NANOS_PER_SECOND;
    }

    /**
     * Draws it.
     *
     * @param labels the paths
     * @param singlePathName what it is that single path's figure stands for
     * @param singlePathMbit what the best path brought alone, or null if nobody tried
     * @throws IOException if the file cannot be written
     */
    public void write(List<String> labels, String singlePathName, Double singlePathMbit) throws IOException {
        marks.addAll(stalls());
        marks.sort(Comparator.comparingDouble(Mark::seconds));
        XYChart chart = chart(labels, singlePathName, singlePathMbit);
        // The encoders append the ending if it is not there, in lower case.
        String name = file.toString();
        switch (format) {
            case PNG -> BitmapEncoder.saveBitmap(chart, name, BitmapFormat.PNG);
            case SVG -> {
                try {
                    VectorGraphicsEncoder.saveVectorGraphic(chart, name, VectorGraphicsFormat.SVG);
                } catch (IOException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
        }
    }

    private XYChart chart(List<String> labels, String singlePathName, Double singlePathMbit) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("Goodput by path")
                .xAxisTitle("seconds")
                .yAxisTitle("Mbit/s")
                .build();
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
        chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setYAxisMin(0.0);
        List<Sample> points = thinned();
        double[] times = new double[points.size() - 1];
        for (int i = 0; i < times.length; i++) {
            times[i] = points.get(i + 1).seconds;
        }
        if (times.length > 0) {
            for (String label : labels) {
                add(chart, label, times, rates(points, label));
            }
            add(chart, ALL, times, rates(points, null));
            if (singlePathMbit != null) {
                double[] single = new double[times.length];
                Arrays.fill(single, singlePathMbit);
                add(chart, singlePathName, times, single);
            }
        }
        addMarks(chart);
        return chart;
    }

    /** When nothing arrived for a while, though more was to come. */
    List<Mark> stalls() {
        List<Mark> stalls = new ArrayList<>();
        Sample last = null;
        for (Sample sample : samples) {
            if (last == null || sample.allBytes > last.allBytes) {
                if (last != null && last.allBytes > 0 && sample.seconds - last.seconds >= SHORTEST_STALL_SECONDS) {
                    stalls.add(new Mark(
                            last.seconds,
                            String.format(Locale.ROOT, "nothing for %.1f s", sample.seconds - last.seconds)));
                }
                last = sample;
            }
        }
        return stalls;
    }

    /** Their words stand above all lines. */
    private void addMarks(XYChart chart) {
        double top = chart.getSeriesMap().values().stream()
                .mapToDouble(XYSeries::getYMax)
                .max()
                .orElse(1);
        double end = samples.isEmpty() ? 0 : samples.get(samples.size() - 1).seconds;
        int[] rows = rows(marks, end * CHARACTER_WIDTH / WIDTH);
        for (int i = 0; i < rows.length; i++) {
            Mark mark = marks.get(i);
            chart.addAnnotation(new AnnotationLine(mark.seconds, true, false));
            chart.addAnnotation(
                    new AnnotationText(mark.text, mark.seconds, top * (1 + ROW_HEIGHT * (rows[i] + 1)), false));
        }
        chart.getStyler()
                .setYAxisMax(
                        top * (1 + ROW_HEIGHT * (1 + Arrays.stream(rows).max().orElse(0) + 1)));
    }

    /**
     * In which row above the lines the words of each mark stand: the lowest in which they are not written over others, as one mark
     * may follow soon upon another; if there is none, that which has been free for the longest time.
     */
    static int[] rows(List<Mark> marks, double secondsPerCharacter) {
        double[] freeFromSeconds = new double[MAX_ROWS];
        Arrays.fill(freeFromSeconds, Double.NEGATIVE_INFINITY);
        int[] rows = new int[marks.size()];
        for (int i = 0; i < rows.length; i++) {
            Mark mark = marks.get(i);
            double half = mark.text.length() * secondsPerCharacter / 2;
            int row = 0;
            for (int other = 1; other < MAX_ROWS && freeFromSeconds[row] > mark.seconds - half; other++) {
                if (freeFromSeconds[other] < freeFromSeconds[row]) {
                    row = other;
                }
            }
            freeFromSeconds[row] = mark.seconds + half;
            rows[i] = row;
        }
        return rows;
    }

    private static void add(XYChart chart, String name, double[] times, double[] rates) {
        chart.addSeries(name, times, rates).setMarker(SeriesMarkers.NONE);
    }

    /** A part of the samples, so far from each other that rates between them mean something. */
    private List<Sample> thinned() {
        double end = samples.isEmpty() ? 0 : samples.get(samples.size() - 1).seconds;
        double step = Math.max(SHORTEST_STEP_SECONDS, end / MAX_POINTS);
        List<Sample> points = new ArrayList<>(List.of(new Sample(0, 0, Map.of())));
        for (Sample sample : samples) {
            if (sample.seconds - points.get(points.size() - 1).seconds >= step) {
                points.add(sample);
            }
        }
        return points;
    }

    private static double[] rates(List<Sample> points, String label) {
        double[] rates = new double[points.size() - 1];
        for (int i = 0; i < rates.length; i++) {
            Sample from = points.get(i);
            Sample to = points.get(i + 1);
            long bytes = bytes(to, label) - bytes(from, label);
            rates[i] = bytes * Byte.SIZE / BITS_PER_MEGABIT / (to.seconds - from.seconds);
        }
        return rates;
    }

    private static long bytes(Sample sample, String label) {
        return label == null ? sample.allBytes : sample.bytesByPath.getOrDefault(label, 0L);
    }
}
