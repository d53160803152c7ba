package dev.multipath.guide;

import static dev.multipath.channel.MultipathChannelOption.SUBFLOW_TRANSPORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathDetectionHandler;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.PlainFallback;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import dev.multipath.transport.mptcp.Mptcp;
import dev.multipath.transport.mptcp.MptcpMode;
import dev.multipath.transport.mptcp.MptcpTransport;
import dev.multipath.transport.websocket.WebSocketAddress;
import dev.multipath.transport.websocket.WebSocketTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The chapters about making a session, over whatever its subflows are, and with whom: and the README's. */
class GuideConnectTest extends GuideFixture {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(GuideConnectTest.class);

    // ---- client and server

    private ChannelFuture connect(ChannelHandler initializer, SocketAddress wifi, SocketAddress lte) {
        return new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .handler(initializer)
                .connect(MultipathAddress.of(Path.of("wifi", wifi), Path.of("lte", lte)));
    }

    @Test
    void shouldConnectAndListen() throws Exception {
        List<Path> paths = pathsOf(bind(new EchoHandler()).sync().channel());
        Channel client = connect(
                        new ApplicationHandler(),
                        paths.get(0).remote(),
                        paths.get(1).remote())
                .sync()
                .channel();
        assertEcho(client);
        assertThat(addressesOf(client)).containsExactly(InetAddress.getByName("127.0.0.1"));
    }

    static List<InetAddress> addressesOf(Channel channel) {
        return ((MultipathChannel) channel)
                .subflows().stream()
                        .map(subflow -> ((InetSocketAddress) subflow.remote()).getAddress())
                        .distinct()
                        .toList();
    }

    // ---- kernel MPTCP

    private static void useMptcp(Bootstrap bootstrap, ServerBootstrap serverBootstrap) {
        bootstrap.channelFactory(Mptcp.socketFactory(MptcpMode.IF_AVAILABLE)); // plain Netty, group of epoll
        serverBootstrap.channelFactory(Mptcp.serverSocketFactory(MptcpMode.IF_AVAILABLE)); // takes peers of TCP as well

        bootstrap.option(SUBFLOW_TRANSPORT, new MptcpTransport(MptcpMode.REQUIRED)); // each subflow of a session
    }

    @Test
    void shouldMakeChannelsOfMptcp() {
        assumeTrue(Mptcp.isAvailable(), () -> "no MPTCP: " + Mptcp.unavailability());
        Bootstrap bootstrap = new Bootstrap();
        useMptcp(bootstrap, new ServerBootstrap());
        assertThat(bootstrap.config().options()).containsKey(SUBFLOW_TRANSPORT);
    }

    // ---- WebSockets: run by WebSocketSessionTest, as this would ask for a name

    private static ChannelFuture connectByWebSocket(Bootstrap bootstrap, SslContext context, SocketAddress lte) {
        SubflowTransport transport =
                new WebSocketTransport(SubflowTransport.ofEventLoop(), TlsConfig.client(context), "/multipath");
        bootstrap.option(SUBFLOW_TRANSPORT, transport);
        ChannelFuture connecting =
                bootstrap.connect(MultipathAddress.of(WebSocketAddress.of("wss://example.org/multipath"), lte));
        return connecting;
    }

    // ---- peers without multipath

    private static Future<Channel> connectAnyhow(Bootstrap bootstrap, SocketAddress wifi, SocketAddress lte) {
        PlainFallback fallback = new PlainFallback(bootstrap, Duration.ofSeconds(3));
        Future<Channel> connecting = fallback.connect(MultipathAddress.of(wifi, lte));
        connecting.addListener((Future<Channel> connected) -> {
            boolean plain = connected.isSuccess() && !(connected.getNow() instanceof MultipathChannel);
            LOGGER.info("plain: {}, so far {}", plain, fallback.fallbacks());
        });
        return connecting;
    }

    private static void detect(ChannelPipeline pipeline, MultipathAcceptor acceptor, ChannelHandler plainInitializer) {
        pipeline.addLast(new MultipathDetectionHandler(acceptor, plainInitializer, Duration.ofSeconds(3)));
    }

    @Test
    void shouldServeBothOnOnePort() throws Exception {
        try (MultipathAcceptor acceptor =
                MultipathAcceptor.builder(new EchoHandler()).build()) {
            SocketAddress both = new ServerBootstrap()
                    .group(group)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel accepted) {
                            detect(accepted.pipeline(), acceptor, new EchoHandler());
                        }
                    })
                    .bind(addressA)
                    .sync()
                    .channel()
                    .localAddress();
            Bootstrap client =
                    new Bootstrap().group(group).channel(MultipathChannel.class).handler(new ApplicationHandler());
            Channel session = connectAnyhow(client, both, both).get(30, TimeUnit.SECONDS);
            assertThat(session).isInstanceOf(MultipathChannel.class);
            assertEcho(session);
            session.close().sync();
        }
    }

    // ---- the README's

    /** With addresses that are nobody's here: not called. */
    static void readme() throws InterruptedException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());

        Channel server = new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childHandler(new EchoHandler())
                .bind(MultipathAddress.of(
                        new InetSocketAddress("10.0.0.1", 4000), new InetSocketAddress("192.168.7.1", 4000)))
                .sync()
                .channel();

        Channel client = new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .handler(new ApplicationHandler())
                .connect(MultipathAddress.of(
                        Path.of("wifi", new InetSocketAddress("10.0.0.1", 4000)),
                        Path.of("lte", new InetSocketAddress("192.168.7.1", 4000))))
                .sync()
                .channel();
        client.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
    }
}
