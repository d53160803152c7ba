package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EchoTest {

    @Test
    void shouldEchoOverTwoPaths() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        AtomicLong echoed = new AtomicLong();
        try {
            Channel server = new ServerBootstrap()
                    .group(group)
                    .channel(MultipathServerChannel.class)
                    .childHandler(new EchoHandler())
                    .bind(MultipathAddress.of(
                            new InetSocketAddress("127.0.0.1", 0), new InetSocketAddress("127.0.0.1", 0)))
                    .sync()
                    .channel();
            Channel client = new Bootstrap()
                    .group(group)
                    .channel(MultipathChannel.class)
                    .handler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object msg) {
                            echoed.addAndGet(((ByteBuf) msg).readableBytes());
                            ((ByteBuf) msg).release();
                        }
                    })
                    .connect(server.localAddress())
                    .sync()
                    .channel();
            int total = 10_000_000;
            for (int sent = 0; sent < total; sent += 100_000) {
                client.writeAndFlush(Unpooled.wrappedBuffer(new byte[100_000]));
            }
            await().atMost(Duration.ofSeconds(30)).untilAtomic(echoed, org.hamcrest.Matchers.equalTo((long) total));
            System.out.println(((MultipathChannel) client).stats().format());
            client.close().sync();
            await().until(() -> ((MultipathServerChannel) server).sessionCount() == 0);
            assertThat(client.isOpen()).isFalse();
            server.close().sync();
        } finally {
            group.shutdownGracefully(0, 5, java.util.concurrent.TimeUnit.SECONDS)
                    .sync();
        }
    }

    @ChannelHandler.Sharable
    private static final class EchoHandler extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ctx.write(msg);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }
    }
}
