package dev.multipath.benchmarks.paths;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.metrics.FrameCount;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathMeasurements;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.RepetitionCause;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a session knows of its paths, every few milliseconds: one line a path, as long as the channel is open. */
final class Trace {

    private static final long INTERVAL_MILLIS = 10;

    private final PrintStream out;

    private Trace(PrintStream out) {
        this.out = out;
    }

    /** Writes to that file; nothing without a name. Times are those of Linux's CLOCK_MONOTONIC, as the driver's. */
    static void of(Channel channel, String file) {
        if (file == null) {
            return;
        }
        try {
            Trace trace =
                    new Trace(new PrintStream(Files.newOutputStream(Path.of(file)), true, StandardCharsets.UTF_8));
            MultipathChannel session = (MultipathChannel) channel;
            var timer = channel.eventLoop()
                    .scheduleAtFixedRate(() -> trace.write(session.stats()), 0, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
            channel.closeFuture().addListener(closed -> {
                timer.cancel(false);
                trace.out.close();
            });
        } catch (IOException e) {
            throw new IllegalArgumentException("--trace " + file, e);
        }
    }

    private void write(MultipathStats stats) {
        double seconds = System.nanoTime() / 1e9;
        for (int k = 0; k < stats.paths().size(); k++) {
            PathStats path = stats.paths().get(k);
            PathMeasurements measured = path.measured();
            out.printf(
                    Locale.ROOT,
                    "%.4f path %d %s sent %d again %d%s rtt %.1f min %.1f var %.1f rate %d flight %d limit %d transport rtt %.1f window %d unsent %d waits %d held %d%n",
                    seconds,
                    k,
                    path.state(),
                    path.bytesSent(),
                    path.bytesRetransmitted(),
                    causes(path.repeated()),
                    millis(path.rtt()),
                    millis(measured.minRtt()),
                    millis(measured.rttVariance()),
                    measured.deliveryRateBytesPerSecond(),
                    measured.inFlightBytes(),
                    measured.inFlightLimitBytes(),
                    path.transport().smoothedRttNanos() / 1e6,
                    path.transport().congestionWindowBytes(),
                    path.transport().unsentBytes(),
                    path.transport().unacknowledgedBytes(),
                    path.transport().heldBytes());
        }
    }

    private static String causes(Map<RepetitionCause, FrameCount> repeated) {
        StringBuilder text = new StringBuilder();
        repeated.forEach((cause, count) -> {
            if (count.frames() > 0) {
                text.append(' ').append(cause).append('=').append(count.frames());
            }
        });
        return text.toString();
    }

    private static double millis(Duration duration) {
        return duration == null ? -1 : duration.toNanos() / 1e6;
    }
}
