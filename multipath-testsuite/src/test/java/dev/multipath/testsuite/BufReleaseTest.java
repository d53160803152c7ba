package dev.multipath.testsuite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketBufReleaseTest;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class BufReleaseTest extends SocketBufReleaseTest {

    @Parameter
    Subflows subflows;

    @Override
    protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
        return subflows.pairs();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return subflows.newAddress();
    }

    @Override
    @Adapted(
            "Waits for the release: a session holds what it has taken until the peer has acknowledged it, and may have to"
                    + " send it again; the promise comes before, as with TCP. Netty's own wants the release with the promise.")
    public void testBufRelease(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        Writer server = new Writer();
        Writer client = new Writer();
        Channel listener = sb.childHandler(server).bind().sync().channel();
        Channel connection =
                cb.handler(client).connect(listener.localAddress()).sync().channel();
        for (Writer writer : List.of(server, client)) {
            ByteBuf written = writer.written.get();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> written.refCnt() == 1);
            written.release();
        }
        listener.close().sync();
        connection.close().sync();
    }

    /** Keeps what it writes. */
    private static final class Writer extends SimpleChannelInboundHandler<Object> {

        final CompletableFuture<ByteBuf> written = new CompletableFuture<>();

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ByteBuf buffer = ctx.alloc().buffer().writeZero(1024);
            ctx.channel().writeAndFlush(buffer.retain()).addListener(f -> written.complete(buffer));
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Object msg) {
            // Only the writes matter.
        }
    }
}
