package dev.multipath.examples.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A Go peer is killed (SIGKILL) amid a bulk that goes both ways: its kernel ends its connections, in order where
 * nothing is unread. The stream must not look whole, as not all of it is acknowledged. Of a Go peer that only sends nobody could
 * tell: if the kernel has sent all, up to the end of a frame, that is how a Go peer closes.
 */
@RequiresGo
class KilledGoPeerTest {

    private static final long STREAM_BYTES = 4L << 30;
    private static final int WRITE_BYTES = 1 << 16;

    /** More than buffers hold. */
    private static final long BYTES_BEFORE = 32 << 20;

    private static final long PATIENCE_SECONDS = 60;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final CompletableFuture<Void> underWay = new CompletableFuture<>();
    private final CompletableFuture<Throwable> end = new CompletableFuture<>();

    @AfterEach
    void stop() {
        EventLoops.shutDown(group);
    }

    /** Sends without end, or echoes, and tells how the stream looks when it is over. */
    private final class Application extends SimpleChannelInboundHandler<ByteBuf> {
        private final boolean echoes;
        private long sentBytes;
        private Throwable cause;

        Application(boolean echoes) {
            this.echoes = echoes;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            fill(ctx);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            fill(ctx);
        }

        private void fill(ChannelHandlerContext ctx) {
            while (!echoes && ctx.channel().isActive() && ctx.channel().isWritable()) {
                send(ctx, ctx.alloc().buffer(WRITE_BYTES).writeZero(WRITE_BYTES));
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            if (echoes) {
                send(ctx, bytes.retain());
            }
        }

        private void send(ChannelHandlerContext ctx, ByteBuf bytes) {
            sentBytes += bytes.readableBytes();
            ctx.writeAndFlush(bytes);
            if (sentBytes >= BYTES_BEFORE) {
                underWay.complete(null);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable failure) {
            cause = failure;
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end.complete(cause);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotLookWhole(boolean goListens) throws Exception {
        Path program = GoPeer.build();
        List<String> arguments = List.of(
                "-mode",
                "echo",
                "-bytes",
                Long.toString(STREAM_BYTES),
                "-write",
                Integer.toString(WRITE_BYTES),
                "-seed",
                "1");
        // A Go client of that mode sends, and compares what comes back; a Go server is the one that echoes.
        Application application = new Application(!goListens);
        String name = "killed-" + (goListens ? "server" : "client");
        if (goListens) {
            try (GoPeer go = GoPeer.server(program, name, 2, arguments)) {
                new Bootstrap()
                        .group(group)
                        .channel(MultipathChannel.class)
                        .handler(application)
                        .connect(MultipathAddress.of(go.ready()
                                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                                .toArray(SocketAddress[]::new)))
                        .sync();
                kill(go);
            }
        } else {
            SocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            MultipathServerChannel server = (MultipathServerChannel) new ServerBootstrap()
                    .group(group)
                    .channel(MultipathServerChannel.class)
                    .childHandler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel session) {
                            session.pipeline().addLast(application);
                        }
                    })
                    .bind(MultipathAddress.of(any, any))
                    .sync()
                    .channel();
            List<InetSocketAddress> addresses = server.localAddress().paths().stream()
                    .map(path -> (InetSocketAddress) path.remote())
                    .toList();
            try (GoPeer go = GoPeer.client(program, name, addresses, arguments)) {
                kill(go);
            }
        }
        Throwable cause = end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(cause).as("the end of the stream").isNotNull();
    }

    private void kill(GoPeer go) throws Exception {
        underWay.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        go.close();
    }
}
