package dev.multipath.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** Where the guide's pieces of code run: event loops, addresses, and applications at both ends. */
abstract class GuideFixture {

    final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    final EventLoopGroup boss = group;
    final EventLoopGroup workers = group;
    final SocketAddress addressA = new InetSocketAddress("127.0.0.1", 0);
    final SocketAddress addressB = addressA;
    final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    @AfterEach
    void stop() {
        // Without a quiet period, an event loop may end before it looks at its channels a last time.
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
        assertThat(group.terminationFuture().awaitUninterruptibly(30, TimeUnit.SECONDS))
                .as("the event loops have ended")
                .isTrue();
    }

    // ---- the guide's own

    ChannelFuture bind(ChannelHandler initializer) {
        return new ServerBootstrap()
                .group(boss, workers)
                .channel(MultipathServerChannel.class)
                .childHandler(initializer)
                .bind(MultipathAddress.of(addressA, addressB));
    }

    // ---- the applications

    static List<Path> pathsOf(Channel server) {
        return ((MultipathServerChannel) server).localAddress().paths();
    }

    ServerBootstrap echoServer() {
        return new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childHandler(new EchoHandler());
    }

    Bootstrap client() {
        return new Bootstrap().group(group).channel(MultipathChannel.class).handler(new ApplicationHandler());
    }

    void assertEcho(Channel client) throws InterruptedException {
        client.pipeline().get(ApplicationHandler.class).answers = answers;
        client.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
        assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo("hello");
        assertThat(client.close().await(30, TimeUnit.SECONDS)).isTrue();
    }

    @ChannelHandler.Sharable
    static final class EchoHandler extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ctx.writeAndFlush(msg);
        }
    }

    static final class ApplicationHandler extends SimpleChannelInboundHandler<ByteBuf> {
        volatile BlockingQueue<String> answers;

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf received) {
            answers.add(received.toString(StandardCharsets.UTF_8));
        }
    }
}
