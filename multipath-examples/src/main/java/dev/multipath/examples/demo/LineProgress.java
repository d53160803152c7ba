package dev.multipath.examples.demo;

import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathStats;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** A line each second, where a cursor cannot move: in a log, in a pipe. */
final class LineProgress implements Progress {
    private static final long PERIOD_NANOS = Duration.ofSeconds(1).toNanos();
    private static final double MEBIBYTE = 1 << 20;

    private final PrintStream out;
    private final long sizeBytes;
    private final long startNanos = System.nanoTime();
    private long lastNanos = startNanos;

    LineProgress(PrintStream out, long sizeBytes) {
        this.out = out;
        this.sizeBytes = sizeBytes;
    }

    @Override
    public void update(long receivedBytes, MultipathStats stats) {
        long nowNanos = System.nanoTime();
        if (nowNanos - lastNanos >= PERIOD_NANOS) {
            lastNanos = nowNanos;
            String paths = stats.paths().stream().map(LineProgress::describe).collect(Collectors.joining(", "));
            note(String.format(Locale.ROOT, "%3.0f%% received; %s", 100.0 * receivedBytes / sizeBytes, paths));
        }
    }

    private static String describe(PathStats path) {
        String state = path.state().toString().toLowerCase(Locale.ROOT);
        return String.format(Locale.ROOT, "%s %s %.1f MiB", path.label(), state, path.bytesSent() / MEBIBYTE);
    }

    @Override
    public void note(String event) {
        out.printf(Locale.ROOT, "%5.1f s  %s%n", (System.nanoTime() - startNanos) / 1e9, event);
    }

    @Override
    public void close() {
        out.flush();
    }
}
