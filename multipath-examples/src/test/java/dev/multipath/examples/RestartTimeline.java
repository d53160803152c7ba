package dev.multipath.examples;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** What a rolling restart looks like: which process gets the new sessions, as a table, a picture, and numbers for who wants others. */
final class RestartTimeline implements AutoCloseable {
    private static final int INTERVAL_MILLIS = 50;
    private static final double NANOS_PER_SECOND = 1e9;

    /** One process of the fleet. */
    private static final class Member {
        private final RunningProcess process;
        private final double startedSeconds;
        private final List<Double> seconds = new ArrayList<>();
        private final List<Double> sessions = new ArrayList<>();
        private double termSeconds = Double.NaN;
        private double endedSeconds = Double.NaN;
        private int exitCode;

        private Member(RunningProcess process, double startedSeconds) {
            this.process = process;
            this.startedSeconds = startedSeconds;
        }

        /** All that it has had so far. */
        private long opened() {
            return process.stderr()
                    .lines()
                    .filter(line -> line.endsWith(": open"))
                    .count();
        }
    }

    private final long beganNanos = System.nanoTime();
    private final List<Member> members = new CopyOnWriteArrayList<>();
    private final Thread sampler = new Thread(this::sampleUntilClosed, "timeline");
    private volatile boolean closed;

    RestartTimeline() {
        sampler.start();
    }

    private double seconds() {
        return (System.nanoTime() - beganNanos) / NANOS_PER_SECOND;
    }

    void started(RunningProcess process) {
        members.add(new Member(process, seconds()));
    }

    void terminated(RunningProcess process) {
        member(process).termSeconds = seconds();
    }

    void ended(RunningProcess process, int exitCode) {
        Member member = member(process);
        member.endedSeconds = seconds();
        member.exitCode = exitCode;
    }

    private Member member(RunningProcess process) {
        return members.stream()
                .filter(each -> each.process == process)
                .findAny()
                .orElseThrow();
    }

    private void sampleUntilClosed() {
        while (!closed) {
            sample();
            try {
                Thread.sleep(INTERVAL_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private synchronized void sample() {
        for (Member member : members) {
            if (Double.isNaN(member.endedSeconds)) {
                member.seconds.add(seconds());
                member.sessions.add((double) member.opened());
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        sampler.interrupt();
    }

    /** A row for each process, in Markdown. */
    String table() {
        StringBuilder table = new StringBuilder(
                "| process | started at s | SIGTERM at s | ended at s | exit code | sessions |\n| ---: | ---: | ---: | ---: | ---: | ---: |\n");
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            boolean over = !Double.isNaN(member.endedSeconds);
            table.append(String.format(
                    Locale.ROOT,
                    "| %d | %.1f | %s | %s | %s | %d |%n",
                    i + 1,
                    member.startedSeconds,
                    orDash(member.termSeconds),
                    orDash(member.endedSeconds),
                    over ? String.valueOf(member.exitCode) : "-",
                    member.opened()));
        }
        return table.toString();
    }

    private static String orDash(double seconds) {
        return Double.isNaN(seconds) ? "-" : String.format(Locale.ROOT, "%.1f", seconds);
    }

    /** Draws it, and writes the numbers beside. */
    synchronized void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("rolling-restart.md"), table());
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(420)
                .title("Rolling restart: sessions that each process has had")
                .xAxisTitle("seconds")
                .yAxisTitle("sessions")
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.InsideNW);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        StringBuilder numbers = new StringBuilder("process,seconds,sessions\n");
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            int number = i + 1;
            chart.addSeries("process " + number, member.seconds, member.sessions)
                    .setMarker(SeriesMarkers.NONE);
            if (!Double.isNaN(member.termSeconds)) {
                chart.addAnnotation(new AnnotationLine(member.termSeconds, true, false));
            }
            for (int j = 0; j < member.seconds.size(); j++) {
                numbers.append(String.format(
                        Locale.ROOT, "%d,%.3f,%.0f%n", number, member.seconds.get(j), member.sessions.get(j)));
            }
        }
        Files.writeString(directory.resolve("rolling-restart.csv"), numbers);
        BitmapEncoder.saveBitmap(chart, directory.resolve("rolling-restart.png").toString(), BitmapFormat.PNG);
    }
}
