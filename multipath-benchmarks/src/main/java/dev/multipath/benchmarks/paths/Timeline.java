package dev.multipath.benchmarks.paths;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** When how many bytes came: in bins, and the times in which nothing did. One thread. */
final class Timeline {

    private static final long BIN_NANOS = 10_000_000L;

    /** Shorter ones are the network's and the event loop's own. */
    private static final long MIN_GAP_NANOS = 20_000_000L;

    private static final double NANOS_PER_SECOND = 1e9;

    private record Gap(long fromNanos, long nanos) {}

    /** Linux's CLOCK_MONOTONIC, as the driver's. */
    private final long startNanos = System.nanoTime();

    private final List<Gap> gaps = new ArrayList<>();
    private long[] bins = new long[1024];
    private int usedBins;
    private long bytes;
    private long lastNanos;

    void add(long count) {
        long nowNanos = System.nanoTime() - startNanos;
        int bin = (int) (nowNanos / BIN_NANOS);
        if (bin >= bins.length) {
            bins = Arrays.copyOf(bins, Math.max(bin + 1, 2 * bins.length));
        }
        bins[bin] += count;
        usedBins = Math.max(usedBins, bin + 1);
        bytes += count;
        if (nowNanos - lastNanos >= MIN_GAP_NANOS) {
            gaps.add(new Gap(lastNanos, nowNanos - lastNanos));
        }
        lastNanos = nowNanos;
    }

    String toJson() {
        return String.format(
                Locale.ROOT,
                "{\"mode\":\"bulk\",\"t0\":%.6f,\"bytes\":%d,\"dur\":%.4f,\"bin\":%.4f,\"gaps\":[%s],\"bins\":[%s]}",
                startNanos / NANOS_PER_SECOND,
                bytes,
                lastNanos / NANOS_PER_SECOND,
                BIN_NANOS / NANOS_PER_SECOND,
                gaps.stream()
                        .map(gap -> String.format(
                                Locale.ROOT,
                                "[%.4f,%.4f]",
                                gap.fromNanos / NANOS_PER_SECOND,
                                gap.nanos / NANOS_PER_SECOND))
                        .collect(Collectors.joining(",")),
                LongStream.of(Arrays.copyOf(bins, usedBins))
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining(",")));
    }
}
