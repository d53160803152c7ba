package dev.multipath.benchmarks.stack;

import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Reading;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import java.util.Map;

/**
 * Sessions that are open and do nothing: the heap of one, both ends together, its connections included.
 *
 * @param sessions how many are opened
 * @param connectionsEach of plain Netty, in the place of one session; as many as a session has subflows
 */
public record Idle(int sessions, int connectionsEach) {

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
            long before = Heap.usedBytes();
            int count = stack.isPlain() ? sessions * connectionsEach : sessions;
            for (int i = 0; i < count; i++) {
                ends.connect(() -> nothing);
            }
            ends.awaitSubflows();
            double bytes = Heap.usedBytes() - before;
            ends.requireComplete();
            return new Reading(Map.of(Metric.HEAP_KIB, bytes / sessions / 1024));
        }
    }

    @ChannelHandler.Sharable
    private static final class Nothing extends ChannelInboundHandlerAdapter {}
}
