package dev.multipath.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final BlockingQueue<MultipathChannel> sessions = new LinkedBlockingQueue<>();

    @TempDir
    private Path directory;

    @AfterEach
    void shutDown() throws Exception {
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS).await(30, TimeUnit.SECONDS);
    }

    private MultipathAddress serve() throws Exception {
        return (MultipathAddress) new ServerBootstrap()
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
                .channel()
                .localAddress();
    }

    private Bootstrap client() {
        return new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                // A second session would take a path's connection.
                .option(MultipathChannelOption.ATTEMPT_DELAY, Duration.ofMinutes(1))
                .handler(new ChannelInboundHandlerAdapter());
    }

    private void awaitClients(String... hosts) throws InterruptedException {
        MultipathChannel session = sessions.poll(60, TimeUnit.SECONDS);
        Awaitility.await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> assertThat(session.subflows())
                .extracting(subflow ->
                        subflow.attributes().attr(ProxiedClient.ADDRESS).get().getHostString())
                .containsExactlyInAnyOrder(hosts));
    }

    @Test
    void shouldTellWhereClientsAre() throws Exception {
        AtomicInteger paths = new AtomicInteger();
        MultipathAddress server = serve();
        client().option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        SubflowTransport.ofEventLoop().withInitializer(subflow -> subflow.pipeline()
                                .addLast(HAProxyMessageEncoder.INSTANCE, new Balancer(paths.incrementAndGet()))))
                .connect(server)
                .sync();
        awaitClients("198.51.100.1", "198.51.100.2");
    }

    /** The real one, with a client that has two addresses. */
    @Test
    void shouldTellWhereClientsAreBehindHaproxy() throws Exception {
        boolean isInstalled = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "haproxy")));
        if (!"1".equals(System.getenv("MULTIPATH_REQUIRE_HAPROXY"))) {
            assumeTrue(isInstalled, "no haproxy on the PATH");
        }
        InetSocketAddress server = (InetSocketAddress) serve().paths().get(0).remote();
        InetSocketAddress balancer = Loopback.freePort();
        Path configuration = Files.writeString(
                directory.resolve("haproxy.cfg"), """
                defaults
                    mode tcp
                    timeout connect 10s
                    timeout client 60s
                    timeout server 60s
                listen multipath
                    bind 127.0.0.1:%d
                    server one 127.0.0.1:%d send-proxy-v2
                """.formatted(balancer.getPort(), server.getPort()));
        Process haproxy = new ProcessBuilder("haproxy", "-db", "-f", configuration.toString())
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
        try {
            Awaitility.await().atMost(60, TimeUnit.SECONDS).ignoreExceptions().until(() -> {
                new Socket(balancer.getAddress(), balancer.getPort()).close();
                return true;
            });
            client().connect(MultipathAddress.of(
                            path("wifi", balancer, "127.0.0.2"), path("lte", balancer, "127.0.0.3")))
                    .sync();
            awaitClients("127.0.0.2", "127.0.0.3");
        } finally {
            haproxy.destroyForcibly().onExit().join();
        }
    }

    private static dev.multipath.path.Path path(String label, InetSocketAddress remote, String local) {
        return dev.multipath.path.Path.of(label, remote).withLocal(new InetSocketAddress(local, 0));
    }
}
