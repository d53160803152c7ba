package dev.multipath.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketDataReadInitialStateTest;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class DataReadInitialStateTest extends SocketDataReadInitialStateTest {

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

    /** Longer than anything takes that must not happen. */
    private static final long QUIET_MILLIS = 100;

    @Override
    @Adapted(
            "Waits for the connection after the server has read it: connect() completes with the session's first frame, and"
                    + " no kernel accepts for a server that does not read.")
    public void testAutoReadOffNoDataReadUntilReadCalled(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        CountDownLatch acceptorRead = new CountDownLatch(1);
        CountDownLatch serverRead = new CountDownLatch(1);
        CountDownLatch clientRead = new CountDownLatch(1);
        CompletableFuture<Channel> accepted = new CompletableFuture<>();
        sb.option(ChannelOption.AUTO_READ, false).childOption(ChannelOption.AUTO_READ, false);
        cb.option(ChannelOption.AUTO_READ, false);
        sb.handler(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                acceptorRead.countDown();
                ctx.fireChannelRead(msg);
            }
        });
        sb.childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel ch) {
                ch.pipeline().addLast(new SimpleChannelInboundHandler<ByteBuf>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
                        ctx.writeAndFlush(msg.retainedDuplicate());
                        serverRead.countDown();
                    }
                });
                accepted.complete(ch);
            }
        });
        cb.handler(new SimpleChannelInboundHandler<ByteBuf>() {
            @Override
            protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
                clientRead.countDown();
            }
        });
        Channel server = sb.bind().sync().channel();
        ChannelFuture connecting = cb.connect(server.localAddress());
        assertThat(acceptorRead.await(QUIET_MILLIS, TimeUnit.MILLISECONDS)).isFalse();
        server.read();
        Channel client = connecting.sync().channel();
        client.writeAndFlush(client.alloc().buffer().writeZero(1)).sync();

        assertThat(serverRead.await(QUIET_MILLIS, TimeUnit.MILLISECONDS)).isFalse();
        accepted.get().read();
        serverRead.await();

        assertThat(clientRead.await(QUIET_MILLIS, TimeUnit.MILLISECONDS)).isFalse();
        client.read();
        clientRead.await();
        client.close().sync();
        server.close().sync();
    }
}
