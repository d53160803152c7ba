package dev.multipath.benchmarks.stack;

import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Reading;
import io.netty.channel.WriteBufferWaterMark;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Writes as fast as the channels take it.
 *
 * @param writeBytes of each write
 * @param writesPerFlush after so many writes there is a flush, besides when the channel takes no more
 * @param bothWays whether the server writes too
 * @param waterMark of both ends
 * @param connections that do so at the same time
 */
public record Bulk(
        int writeBytes, int writesPerFlush, boolean bothWays, WriteBufferWaterMark waterMark, int connections) {

    /** A time in which nothing moved says nothing: on a busy machine it is made longer, but not for ever. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Sockets grow their buffers, subflows join: not counted. */
    private static final Duration SETTLING = Duration.ofMillis(300);

    /** Checks the numbers. */
    public Bulk {
        if (writeBytes < 1 || writesPerFlush < 1 || connections < 1) {
            throw new IllegalArgumentException(
                    writeBytes + " B, " + writesPerFlush + " per flush, " + connections + " connections");
        }
    }

    /**
     * Measures once.
     *
     * @param stack what is between
     * @param duration how long to count
     * @return throughput, processor time, garbage
     * @throws Exception if it cannot be set up
     */
    public Reading run(Stack stack, Duration duration) throws Exception {
        LongAdder received = new LongAdder();
        LongAdder writes = new LongAdder();
        try (Ends ends = new Ends(stack, waterMark, () -> handler(bothWays, received, writes))) {
            for (int i = 0; i < connections; i++) {
                ends.connect(() -> handler(true, received, writes));
            }
            ends.awaitSubflows();
            TimeUnit.NANOSECONDS.sleep(SETTLING.toNanos());
            long bytesBefore = received.sum();
            long writesBefore = writes.sum();
            long framesBefore = ends.dataFrames();
            Costs costs = new Costs();
            long endNanos = System.nanoTime() + PATIENCE.toNanos();
            do {
                TimeUnit.NANOSECONDS.sleep(duration.toNanos());
            } while ((received.sum() == bytesBefore || writes.sum() == writesBefore) && System.nanoTime() < endNanos);
            double bytes = received.sum() - bytesBefore;
            double seconds = costs.seconds();
            double cpuSeconds = costs.cpuSeconds();
            double allocated = costs.allocated();
            double written = writes.sum() - writesBefore;
            double frames = stack.isPlain() ? written : ends.dataFrames() - framesBefore;
            ends.requireComplete();
            Map<Metric, Double> values = new LinkedHashMap<>();
            values.put(Metric.MEGABYTES_PER_SECOND, bytes / seconds / 1e6);
            values.put(Metric.CPU_SECONDS_PER_GIGABYTE, cpuSeconds / (bytes / 1e9));
            values.put(Metric.ALLOCATED_BYTES_PER_WRITE, allocated / written);
            values.put(Metric.ALLOCATED_BYTES_PER_FRAME, allocated / frames);
            return new Reading(values);
        }
    }

    private Flood handler(boolean writing, LongAdder received, LongAdder writes) {
        return new Flood(writing ? writeBytes : 0, writesPerFlush, received, writes);
    }
}
