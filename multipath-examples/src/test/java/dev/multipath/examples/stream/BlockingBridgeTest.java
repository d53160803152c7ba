package dev.multipath.examples.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;

/** The end of a bridge, and of the event loop under it. */
final class BlockingBridgeTest {
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());

    /** As it may when a program ends: the writer's last act and the loop's are a race, which nobody may lose. */
    @RepeatedTest(300)
    void shouldEndWhenItsEventLoopEndsAtTheSameTime() {
        CountDownLatch closed = new CountDownLatch(1);
        BlockingBridge bridge = new BlockingBridge("race", buffer -> awaitEnd(closed), new BlockingSink() {
            @Override
            public void write(ByteBuf buffer) {
                throw new IllegalStateException("nothing was sent");
            }

            @Override
            public void end() {
                loop.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
            }

            @Override
            public void cut() {
                end();
            }
        });
        Channel channel = connect(bridge);
        channel.close().syncUninterruptibly();
        closed.countDown();

        assertThat(bridge.ended()).succeedsWithin(Duration.ofSeconds(60));
        assertThat(loop.terminationFuture().awaitUninterruptibly(60, TimeUnit.SECONDS))
                .isTrue();
    }

    private Channel connect(BlockingBridge bridge) {
        LocalAddress address = new LocalAddress(BlockingBridgeTest.class);
        new ServerBootstrap()
                .group(loop)
                .channel(LocalServerChannel.class)
                .childHandler(new ChannelInboundHandlerAdapter())
                .bind(address)
                .syncUninterruptibly();
        return new Bootstrap()
                .group(loop)
                .channel(LocalChannel.class)
                .handler(bridge)
                .connect(address)
                .syncUninterruptibly()
                .channel();
    }

    private static int awaitEnd(CountDownLatch closed) {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return -1;
    }
}
