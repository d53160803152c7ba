package dev.multipath.benchmarks.stack;

import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Reading;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Each connection sends a request, waits for its echo, and sends the next. All begin together, when all are connected: the first of
 * thousands would else load the event loops so that the others hardly come.
 *
 * @param requestBytes of each
 * @param connections that do so at the same time
 */
public record Echo(int requestBytes, int connections) {

    private static final Duration SETTLING = Duration.ofMillis(300);
    private static final long MAX_NANOS = Duration.ofSeconds(60).toNanos();
    private static final int SIGNIFICANT_DIGITS = 3;

    /** Checks the numbers. */
    public Echo {
        if (requestBytes < 1 || connections < 1) {
            throw new IllegalArgumentException(requestBytes + " B, " + connections + " connections");
        }
    }

    /**
     * Measures once.
     *
     * @param stack what is between
     * @param duration how long to count
     * @return latency, rate, processor time, garbage
     * @throws Exception if it cannot be set up
     */
    public Reading run(Stack stack, Duration duration) throws Exception {
        // One event loop runs all clients, so that one histogram will do; it is swapped on that loop.
        List<Requests> clients = new ArrayList<>();
        try (Ends ends = new Ends(stack, WriteBufferWaterMark.DEFAULT, EchoHandler::new)) {
            for (int i = 0; i < connections; i++) {
                Requests client = new Requests(requestBytes);
                clients.add(client);
                ends.connect(() -> client);
            }
            ends.awaitSubflows();
            onClientLoop(ends, () -> {
                clients.forEach(Requests::begin);
                return null;
            });
            TimeUnit.NANOSECONDS.sleep(SETTLING.toNanos());
            swap(ends, clients, new Histogram(MAX_NANOS, SIGNIFICANT_DIGITS));
            Costs costs = new Costs();
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
            Histogram latencies = swap(ends, clients, new Histogram(MAX_NANOS, SIGNIFICANT_DIGITS));
            double seconds = costs.seconds();
            double cpuSeconds = costs.cpuSeconds();
            double allocated = costs.allocated();
            ends.requireComplete();
            double requests = latencies.getTotalCount();
            Map<Metric, Double> values = new LinkedHashMap<>();
            values.put(Metric.P50_MICROS, latencies.getValueAtPercentile(50) / 1e3);
            values.put(Metric.P99_MICROS, latencies.getValueAtPercentile(99) / 1e3);
            values.put(Metric.P999_MICROS, latencies.getValueAtPercentile(99.9) / 1e3);
            values.put(Metric.REQUESTS_PER_SECOND, requests / seconds);
            values.put(Metric.CPU_MICROS_PER_REQUEST, cpuSeconds * 1e6 / requests);
            values.put(Metric.ALLOCATED_BYTES_PER_REQUEST, allocated / requests);
            return new Reading(values);
        }
    }

    private static Histogram swap(Ends ends, List<Requests> clients, Histogram next) throws Exception {
        return onClientLoop(ends, () -> {
            Histogram old = clients.get(0).latencies;
            clients.forEach(client -> client.latencies = next);
            return old;
        });
    }

    private static <T> T onClientLoop(Ends ends, Callable<T> task) throws Exception {
        return ends.clients().get(0).eventLoop().submit(task).get();
    }

    static final class EchoHandler extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ctx.write(msg, ctx.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private static final class Requests extends ChannelInboundHandlerAdapter {
        private final int requestBytes;
        private ChannelHandlerContext context;
        private Histogram latencies;
        private ByteBuf request;
        private int missingBytes;
        private long sentAtNanos;

        Requests(int requestBytes) {
            this.requestBytes = requestBytes;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        /** The first request; the channel is connected. */
        void begin() {
            request = context.alloc().directBuffer(requestBytes).writeZero(requestBytes);
            send(context);
        }

        private void send(ChannelHandlerContext ctx) {
            missingBytes = requestBytes;
            sentAtNanos = System.nanoTime();
            ctx.writeAndFlush(request.retainedDuplicate(), ctx.voidPromise());
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf buffer = (ByteBuf) msg;
            missingBytes -= buffer.readableBytes();
            buffer.release();
            if (missingBytes == 0) {
                if (latencies != null) {
                    latencies.recordValue(Math.min(System.nanoTime() - sentAtNanos, MAX_NANOS));
                }
                send(ctx);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (request != null) {
                request.release();
                request = null;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
