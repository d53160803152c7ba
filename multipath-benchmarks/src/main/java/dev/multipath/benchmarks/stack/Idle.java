package dev.multipath.benchmarks.stack;

import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Reading;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Sessions that are open and do nothing: the heap of one, both ends together, its connections included.
 *
 * @param sessions how many are opened
 * @param connectionsEach of plain Netty, in the place of one session; as many as a session has subflows
 */
public record Idle(int sessions, int connectionsEach) {

    /** Collections until the heap is what is reachable: finalizers, references and caches need more than one. */
    private static final int COLLECTIONS = 5;

    /**
     * Measures once.
     *
     * @param stack what is between
     * @return heap of each session
     * @throws Exception if it cannot be set up
     */
    public Reading run(Stack stack) throws Exception {
        ChannelHandler nothing = new Nothing();
        try (Ends ends = new Ends(stack, WriteBufferWaterMark.DEFAULT, () -> nothing)) {
            // What the first connections of a JVM and of a server make once.
            for (int i = 0; i < 10; i++) {
                ends.connect(() -> nothing);
            }
            ends.awaitSubflows();
            long before = usedHeapBytes();
            int count = stack.isPlain() ? sessions * connectionsEach : sessions;
            for (int i = 0; i < count; i++) {
                ends.connect(() -> nothing);
            }
            ends.awaitSubflows();
            double bytes = usedHeapBytes() - before;
            ends.requireComplete();
            return new Reading(Map.of(Metric.HEAP_KIB, bytes / sessions / 1024));
        }
    }

    private static long usedHeapBytes() throws InterruptedException {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @ChannelHandler.Sharable
    private static final class Nothing extends ChannelInboundHandlerAdapter {}
}
