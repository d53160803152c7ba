package dev.multipath.benchmarks.stack;

import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Reading;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Opens a connection, sends one byte, waits for its echo, closes; the next when that is done. */
public record Churn() {

    private static final int MAX_SECONDS = 60;

    /**
     * Measures once.
     *
     * @param stack what is between
     * @param duration how long
     * @return how many in a second, and what each has cost
     * @throws Exception if it cannot be set up
     */
    public Reading run(Stack stack, Duration duration) throws Exception {
        try (Ends ends = new Ends(stack, WriteBufferWaterMark.DEFAULT, Answer::new)) {
            Costs costs = new Costs();
            long opened = 0;
            while (costs.seconds() < duration.toNanos() / 1e9) {
                exchange(ends, stack);
                opened++;
            }
            Map<Metric, Double> values = new LinkedHashMap<>();
            values.put(Metric.OPENED_PER_SECOND, opened / costs.seconds());
            values.put(Metric.CPU_MICROS_PER_REQUEST, costs.cpuSeconds() * 1e6 / opened);
            values.put(Metric.ALLOCATED_BYTES_PER_REQUEST, costs.allocated() / opened);
            return new Reading(values);
        }
    }

    /** Opens one, uses it for a byte and closes it. */
    static void exchange(Ends ends, Stack stack) throws InterruptedException {
        Once once = new Once();
        Channel client = ends.connect(() -> once);
        ends.clients().clear();
        client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
        if (!client.closeFuture().await(MAX_SECONDS, TimeUnit.SECONDS) || !once.answered) {
            throw new IllegalStateException(stack + ": no answer");
        }
    }

    /** The other end of {@link #exchange}. */
    static final class Answer extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ctx.writeAndFlush(msg);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private static final class Once extends ChannelInboundHandlerAdapter {
        private volatile boolean answered;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ReferenceCountUtil.release(msg);
            answered = true;
            ctx.close();
        }
    }
}
