package dev.multipath.benchmarks.scale;

import dev.multipath.benchmarks.stack.Heap;
import dev.multipath.benchmarks.stack.Transport;
import dev.multipath.channel.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a server holds for clients that do not read. */
@Command(
        name = "stalled",
        description =
                "A server writes all that it may to clients, in another JVM, that read nothing: what it holds of that.",
        mixinStandardHelpOptions = true)
public final class StalledReaders implements Callable<Integer> {

    /** Of each write of the application. */
    static final int WRITE_BYTES = 16 << 10;

    private static final int MIB = 1 << 20;

    @Mixin
    private ManySessions sessions = new ManySessions(1000);

    @Option(names = "--budgets", split = ",", description = "MiB of all sessions (default: ${DEFAULT-VALUE}).")
    private int[] budgetsMib = {64, 256};

    @Option(names = "--seconds", description = "How long it is tried (default: ${DEFAULT-VALUE}).")
    private int seconds = 15;

    /** Made by the command line. */
    public StalledReaders() {}

    /** What was seen, in bytes, of sessions and of buffers the most at any time. */
    record Seen(long budgetBytes, long heldBytes, long directBytes, long heapBytes, int open, long ended) {}

    static Seen stall(Transport transport, int sessions, int subflows, long budgetBytes, int seconds) throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(budgetBytes);
        try (Crowd crowd = new Crowd(transport, subflows, budget, Pour::new)) {
            long heapBefore = Heap.usedBytes();
            long directBefore = directBytes();
            crowd.gather(transport, sessions, CrowdClient.Reading.NONE);
            long mostHeld = 0;
            long mostDirect = 0;
            long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (System.nanoTime() < endNanos) {
                mostHeld = Math.max(mostHeld, budget.usedBytes());
                mostDirect = Math.max(mostDirect, directBytes());
                TimeUnit.MILLISECONDS.sleep(10);
            }
            return new Seen(
                    budgetBytes,
                    mostHeld,
                    mostDirect - directBefore,
                    Heap.usedBytes() - heapBefore,
                    crowd.size(),
                    budget.evictedSessions());
        }
    }

    private static long directBytes() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    @Override
    public Integer call() throws Exception {
        System.out.println(
                "| budget, MiB | held by its count, most | direct memory, most | heap, at the end | sessions at the end | ended for want of memory |");
        System.out.println("| ---: | ---: | ---: | ---: | ---: | ---: |");
        for (int budgetMib : budgetsMib) {
            Seen seen =
                    stall(sessions.transport(), sessions.count(), sessions.subflows(), (long) budgetMib * MIB, seconds);
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %.1f | %.1f | %.1f | %d | %d |%n",
                    budgetMib,
                    (double) seen.heldBytes() / MIB,
                    (double) seen.directBytes() / MIB,
                    (double) seen.heapBytes() / MIB,
                    seen.open(),
                    seen.ended());
        }
        return 0;
    }

    /** Writes for as long as the channel takes it, each time a buffer of its own, as an application that sends what it reads from a disk. */
    private static final class Pour extends ChannelInboundHandlerAdapter {
        private boolean pouring;

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            pour(ctx);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            pour(ctx);
        }

        private void pour(ChannelHandlerContext ctx) {
            if (pouring) {
                return;
            }
            pouring = true;
            while (ctx.channel().isWritable() && ctx.channel().isActive()) {
                ByteBuf data = ctx.alloc().directBuffer(WRITE_BYTES).writeZero(WRITE_BYTES);
                ctx.writeAndFlush(data, ctx.voidPromise());
            }
            pouring = false;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
