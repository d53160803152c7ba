package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a handler on a subflow has found out is known to the session's application. */
class SubflowAttributesTest {

    private static final AttributeKey<String> FOUND = AttributeKey.valueOf(SubflowAttributesTest.class, "FOUND");

    @Test
    void shouldShowWhatHandlersLeftOnSubflows() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        BlockingQueue<MultipathChannel> sessions = new LinkedBlockingQueue<>();
        AtomicInteger connections = new AtomicInteger();
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        try {
            Channel server = new ServerBootstrap()
                    .group(group)
                    .channel(MultipathServerChannel.class)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            SubflowTransport.ofEventLoop().withInitializer(subflow -> subflow.attr(FOUND)
                                    .set("connection " + connections.incrementAndGet())))
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel session) {
                            sessions.add((MultipathChannel) session);
                        }
                    })
                    .bind(MultipathAddress.of(any, any))
                    .sync()
                    .channel();
            new Bootstrap()
                    .group(group)
                    .channel(MultipathChannel.class)
                    // A second session would take connections of its own.
                    .option(MultipathChannelOption.ATTEMPT_DELAY, Duration.ofMinutes(1))
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(server.localAddress())
                    .sync();
            MultipathChannel session = sessions.poll(60, TimeUnit.SECONDS);
            Awaitility.await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> assertThat(session.subflows())
                    .extracting(subflow -> subflow.attributes().attr(FOUND).get())
                    .containsExactlyInAnyOrder("connection 1", "connection 2"));
            assertThat(session.remoteAddress().inetSocketAddress())
                    .map(address -> address.getAddress().isLoopbackAddress())
                    .contains(true);
        } finally {
            group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS).await(30, TimeUnit.SECONDS);
        }
    }
}
