package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a small request and its answer cost beneath: each flush of something is a system call, and wakes the other end. */
class ExchangeCostTest {

    private static final int EXCHANGES = 500;

    /** How long an acknowledgement may wait of which another subflow's has told. */
    private static final long TOLD_DELAY_MILLIS = 25;

    @ParameterizedTest
    @CsvSource({"NIO, 1", "NIO, 2", "EPOLL, 1", "EPOLL, 2", "LOCAL, 2"})
    void shouldFlushOnceAnEndForEachExchange(TestTransport transport, int paths) throws Exception {
        AtomicInteger flushes = new AtomicInteger();
        SubflowTransport counting = SubflowTransport.ofEventLoop()
                .withInitializer(subflow -> subflow.pipeline().addFirst(new FlushCounter(flushes)));
        try (Peers peers = new Peers(transport)) {
            ServerBootstrap server =
                    peers.serverBootstrap(Echo::new).option(MultipathChannelOption.SUBFLOW_TRANSPORT, counting);
            peers.listen(server, paths);
            Requester client = new Requester();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.SUBFLOW_TRANSPORT, counting));
            // The handshakes' own frames are out of the way.
            client.exchange(1);

            int flushesBefore = flushes.get();
            long startNanos = System.nanoTime();
            client.exchange(EXCHANGES);
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);

            // However slow the machine: each end may have said something on each subflow as often as time demands it.
            long byTime = 2L * paths * (2 + millis / TOLD_DELAY_MILLIS);
            assertThat(flushes.get() - flushesBefore).isLessThanOrEqualTo((int) (2 * EXCHANGES + byTime));
            client.channel().close().sync();
        }
    }

    /** Asks for the next byte when it has got the one before, in the same read-complete. */
    private static final class Requester extends Recorder {
        private volatile int missing;

        /** Waits until so many requests have been answered, one after the other. */
        void exchange(int requests) {
            channel().eventLoop().execute(() -> {
                missing = requests;
                send(1, 1);
            });
            eventually().until(() -> missing == 0);
            assertIntact();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            super.channelRead(ctx, msg);
            int left = missing - 1;
            missing = left;
            if (left > 0) {
                sendNow(1, 1);
            }
        }
    }

    /** Of flushes behind which something was written. */
    private static final class FlushCounter extends ChannelOutboundHandlerAdapter {
        private final AtomicInteger flushes;
        private boolean written;

        FlushCounter(AtomicInteger flushes) {
            this.flushes = flushes;
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            written |= msg instanceof ByteBuf;
            ctx.write(msg, promise);
        }

        @Override
        public void flush(ChannelHandlerContext ctx) {
            if (written) {
                written = false;
                flushes.incrementAndGet();
            }
            ctx.flush();
        }
    }
}
