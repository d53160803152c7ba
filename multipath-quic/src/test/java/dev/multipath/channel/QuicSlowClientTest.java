package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.transport.SubflowTransport;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that shake hands over QUIC, and then say their preface slowly or not at all. */
class QuicSlowClientTest {

    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofMillis(600);

    /** So few bytes that the preface is not whole in that time, one at a time; the rest is kept. */
    private static final class Dribble extends ChannelOutboundHandlerAdapter {
        private static final int PAUSE_MILLIS = 50;

        private final boolean silent;
        private ByteBuf waiting;

        Dribble(boolean silent) {
            this.silent = silent;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            waiting = ctx.alloc().buffer();
            next(ctx);
        }

        private void next(ChannelHandlerContext ctx) {
            if (ctx.isRemoved()) {
                return;
            }
            if (!silent && waiting.isReadable()) {
                ctx.writeAndFlush(waiting.readBytes(1));
            }
            ctx.executor().schedule(() -> next(ctx), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ByteBuf bytes = (ByteBuf) message;
            waiting.writeBytes(bytes);
            bytes.release();
            promise.trySuccess();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            waiting.release();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBeClosedInTime(boolean silent) throws Exception {
        QuicSetup.assumeAvailable();
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Echo::new, QuicSetup.server())
                            .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, HANDSHAKE_TIMEOUT),
                    1);
            SubflowTransport slow = QuicSetup.client()
                    .withInitializer((Channel subflow) -> subflow.pipeline().addFirst(new Dribble(silent)));

            for (int i = 0; i < 4; i++) {
                assertThat(QuicSetup.clientBootstrap(peers, new Recorder(), slow)
                                .connect(peers.server().localAddress())
                                .await()
                                .cause())
                        .isNotNull();
            }

            peers.awaitNothingLeft();
        }
    }
}
