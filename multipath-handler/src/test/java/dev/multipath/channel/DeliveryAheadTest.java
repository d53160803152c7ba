package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.transport.SubflowTransport;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** When an application gets what has come. */
class DeliveryAheadTest {

    private static final long BULK_BYTES = 3_000_000;

    /** Set on one event loop: the session's, and its subflows'. */
    private final ThreadLocal<Boolean> readsSubflow = ThreadLocal.withInitial(() -> false);

    private final AtomicInteger ahead = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger readCompletes = new AtomicInteger();

    /** Read buffers that are released at once serve the next read; those of a whole turn do not fit in a processor's cache. */
    @Test
    void shouldHandBulkOverWithinTheReadThatBringsIt() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Application::new)
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    SubflowTransport.ofEventLoop().withInitializer(subflow -> subflow.pipeline()
                                            .addFirst(new Marker()))),
                    2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();

            client.send(BULK_BYTES, 64 << 10);
            server.awaitReceived(BULK_BYTES);
            client.channel().close().sync();
            server.awaitInactive();

            assertThat(ahead.get()).isPositive();
            assertThat(readCompletes.get()).as("one for each loop of reads").isBetween(1, reads.get());
        }
    }

    private final class Marker extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            readsSubflow.set(true);
            ctx.fireChannelRead(msg);
            readsSubflow.set(false);
        }
    }

    private final class Application extends Recorder {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            reads.incrementAndGet();
            if (readsSubflow.get()) {
                ahead.incrementAndGet();
            }
            super.channelRead(ctx, msg);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            readCompletes.incrementAndGet();
            ctx.fireChannelReadComplete();
        }
    }
}
