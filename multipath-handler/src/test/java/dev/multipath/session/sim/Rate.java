package dev.multipath.session.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How many bytes came when, in bins of virtual time; and the times in which nothing came. */
final class Rate {

    static final long BIN_NANOS = 10_000_000L;

    /** Of what was silent for less nobody asks. */
    private static final long MIN_GAP_NANOS = 10_000_000L;

    record Gap(long fromNanos, long toNanos) {
        long nanos() {
            return toNanos - fromNanos;
        }
    }

    private long[] bins = new long[1024];
    private final List<Gap> gaps = new ArrayList<>();
    private long lastNanos;
    private long totalBytes;

    void add(long nowNanos, long bytes) {
        int bin = (int) (nowNanos / BIN_NANOS);
        if (bin >= bins.length) {
            bins = Arrays.copyOf(bins, Math.max(2 * bins.length, bin + 1));
        }
        bins[bin] += bytes;
        totalBytes += bytes;
        if (nowNanos - lastNanos >= MIN_GAP_NANOS) {
            gaps.add(new Gap(lastNanos, nowNanos));
        }
        lastNanos = nowNanos;
    }

    long totalBytes() {
        return totalBytes;
    }

    long bytes(long fromNanos, long toNanos) {
        long bytes = 0;
        for (int i = (int) (fromNanos / BIN_NANOS); i < Math.min(bins.length, toNanos / BIN_NANOS); i++) {
            bytes += bins[i];
        }
        return bytes;
    }

    double bytesPerSecond(long fromNanos, long toNanos) {
        return bytes(fromNanos, toNanos) * 1e9 / (toNanos - fromNanos);
    }

    /** The longest time without a byte that has a part in that span. */
    Gap longestGap(long fromNanos, long toNanos) {
        Gap longest = new Gap(fromNanos, fromNanos);
        for (Gap gap : gaps) {
            if (gap.toNanos() > fromNanos && gap.fromNanos() < toNanos && gap.nanos() > longest.nanos()) {
                longest = gap;
            }
        }
        return toNanos - lastNanos > longest.nanos() ? new Gap(lastNanos, toNanos) : longest;
    }

    /** How long after a time so many bytes a second came for a while; -1 if never before another time. */
    long reachedAfterNanos(long fromNanos, long toNanos, double bytesPerSecond, long whileNanos) {
        for (long at = fromNanos; at + whileNanos <= toNanos; at += BIN_NANOS) {
            if (bytesPerSecond(at, at + whileNanos) >= bytesPerSecond) {
                return at + whileNanos - fromNanos;
            }
        }
        return -1;
    }
}
