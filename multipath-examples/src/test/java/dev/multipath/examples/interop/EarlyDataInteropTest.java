package dev.multipath.examples.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Go server takes what goes along with the request for a session, as any other data, and answers. */
@RequiresGo
class EarlyDataInteropTest {

    private static final int STREAM_BYTES = 40_000;
    private static final long PATIENCE_SECONDS = 60;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @AfterEach
    void stop() {
        EventLoops.shutDown(group);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBeEchoedByAGoServer(boolean extended) throws Exception {
        byte[] stream = new byte[STREAM_BYTES];
        new Random(STREAM_BYTES).nextBytes(stream);
        CompletableFuture<byte[]> echoed = new CompletableFuture<>();
        try (GoPeer server = GoPeer.server(
                GoPeer.build(),
                "early-data-" + extended,
                1,
                GoPeer.arguments(Job.ECHO_SERVER, STREAM_BYTES, STREAM_BYTES, 1))) {
            InetSocketAddress address =
                    server.ready().get(PATIENCE_SECONDS, TimeUnit.SECONDS).get(0);
            Channel client = new Bootstrap()
                    .group(group)
                    .channel(MultipathChannel.class)
                    .option(MultipathChannelOption.EARLY_DATA, true)
                    .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                    .handler(new SimpleChannelInboundHandler<ByteBuf>() {
                        private final ByteBuf received = Unpooled.buffer();

                        @Override
                        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf piece) {
                            received.writeBytes(piece);
                            if (received.readableBytes() >= STREAM_BYTES) {
                                echoed.complete(ByteBufUtil.getBytes(received));
                            }
                        }

                        @Override
                        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                            echoed.completeExceptionally(cause);
                        }

                        @Override
                        public void channelInactive(ChannelHandlerContext ctx) {
                            echoed.completeExceptionally(new IllegalStateException("closed"));
                        }
                    })
                    .register()
                    .sync()
                    .channel();
            client.writeAndFlush(Unpooled.wrappedBuffer(stream));
            client.connect(MultipathAddress.of(address)).sync();
            assertThat(echoed.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(stream);
            client.close().sync();
        }
    }
}
