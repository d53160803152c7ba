package dev.multipath.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The addresses of clients behind load balancers that speak the PROXY protocol, version 2, on each subflow. */
class ProxyProtocolTest {

    /** A load balancer's part: before all else it says where the client is, a different place for each path. */
    private static final class Balancer extends ChannelOutboundHandlerAdapter {
        private final String client;

        Balancer(int path) {
            client = "198.51.100." + path;
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ctx.write(new HAProxyMessage(
                    HAProxyProtocolVersion.V2,
                    HAProxyCommand.PROXY,
                    HAProxyProxiedProtocol.TCP4,
                    client,
                    "203.0.113.1",
                    1234,
                    443));
            ctx.pipeline().remove(HAProxyMessageEncoder.class);
            ctx.write(message, promise);
            ctx.pipeline().remove(this);
        }
    }

    @Test
    void shouldTellWhereClientsAre() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        BlockingQueue<MultipathChannel> sessions = new LinkedBlockingQueue<>();
        AtomicInteger paths = new AtomicInteger();
        try {
            Channel server = new ServerBootstrap()
                    .group(group)
                    .channel(MultipathServerChannel.class)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            SubflowTransport.ofEventLoop().withInitializer(ProxiedClient::readOn))
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel session) {
                            sessions.add((MultipathChannel) session);
                        }
                    })
                    .bind(Loopback.twoPorts())
                    .sync()
                    .channel();
            new Bootstrap()
                    .group(group)
                    .channel(MultipathChannel.class)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            SubflowTransport.ofEventLoop().withInitializer(subflow -> subflow.pipeline()
                                    .addLast(HAProxyMessageEncoder.INSTANCE, new Balancer(paths.incrementAndGet()))))
                    // A second session would take a path's connection.
                    .option(MultipathChannelOption.ATTEMPT_DELAY, Duration.ofMinutes(1))
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect((MultipathAddress) server.localAddress())
                    .sync();
            MultipathChannel session = sessions.poll(60, TimeUnit.SECONDS);
            Awaitility.await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> assertThat(session.subflows())
                    .extracting(subflow -> subflow.attributes()
                            .attr(ProxiedClient.ADDRESS)
                            .get()
                            .getHostString())
                    .containsExactlyInAnyOrder("198.51.100.1", "198.51.100.2"));
        } finally {
            group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS).await(30, TimeUnit.SECONDS);
        }
    }
}
