package dev.multipath.examples;

import dev.multipath.codec.PeerText;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathStats;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far a transfer is, and how fast on each path: a line that changes on a terminal, else a line each time. */
final class TransferProgress implements AutoCloseable {
    private static final double BYTES_PER_MEGABYTE = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int WIDTH = 120;

    private final PrintStream out;
    private final ProgressBar bar;
    private final Map<String, Long> movedBytes = new HashMap<>();
    private long lastNanos;

    /** @param sizeBytes what there is to send; negative if nobody knows */
    TransferProgress(PrintStream out, boolean isTerminal, long sizeBytes, long nowNanos) {
        this.out = out;
        this.lastNanos = nowNanos;
        this.bar = isTerminal
                ? new ProgressBarBuilder()
                        .setInitialMax(sizeBytes)
                        .setUnit(" MB", (long) BYTES_PER_MEGABYTE)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
                        .build()
                : null;
    }

    /** Shows a session as it is now. */
    void update(MultipathStats stats, long nowNanos) {
        double seconds = Math.max(1, nowNanos - lastNanos) / NANOS_PER_SECOND;
        lastNanos = nowNanos;
        long sentBytes = 0;
        long receivedBytes = 0;
        StringJoiner rates = new StringJoiner("  ");
        for (PathStats path : stats.paths()) {
            sentBytes += path.bytesSent();
            receivedBytes += path.bytesReceived();
            long moved = path.bytesSent() + path.bytesRetransmitted() + path.bytesReceived();
            Long before = movedBytes.put(path.label(), moved);
            rates.add(String.format(
                    Locale.ROOT,
                    "%s %.1f MB/s",
                    PeerText.escape(path.label()),
                    (moved - (before == null ? 0 : before)) / BYTES_PER_MEGABYTE / seconds));
        }
        if (bar != null) {
            bar.setExtraMessage(rates.toString());
            bar.stepTo(Math.max(sentBytes, receivedBytes));
        } else {
            out.printf(
                    Locale.ROOT,
                    "multipath: sent %.1f MB, received %.1f MB; %s%n",
                    sentBytes / BYTES_PER_MEGABYTE,
                    receivedBytes / BYTES_PER_MEGABYTE,
                    rates);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
