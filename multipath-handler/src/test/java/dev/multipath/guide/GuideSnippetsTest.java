package dev.multipath.guide;

import static dev.multipath.channel.MultipathChannelOption.SCHEDULER;
import static dev.multipath.channel.MultipathChannelOption.SOURCE_QUOTA;
import static dev.multipath.channel.MultipathChannelOption.SUBFLOW_TRANSPORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.admission.SourceQuota;
import dev.multipath.channel.InterfacePaths;
import dev.multipath.channel.MemoryBudget;
import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathDetectionHandler;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.MultipathServerHandler;
import dev.multipath.channel.PlainFallback;
import dev.multipath.channel.PrioritizedWrite;
import dev.multipath.channel.SessionSnapshot;
import dev.multipath.dashboard.MultipathDashboardHandler;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathStats;
import dev.multipath.micrometer.MultipathMeterBinder;
import dev.multipath.path.LocalInterfaces;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.scheduler.Schedulers;
import dev.multipath.scheduler.Urgency;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import dev.multipath.transport.mptcp.Mptcp;
import dev.multipath.transport.mptcp.MptcpMode;
import dev.multipath.transport.mptcp.MptcpTransport;
import dev.multipath.transport.websocket.WebSocketAddress;
import dev.multipath.transport.websocket.WebSocketTransport;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ipfilter.IpFilterRule;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.handler.ipfilter.RuleBasedIpFilter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The guide's and the README's pieces of code stand here as they stand there, and do what they are said to do. */
class GuideSnippetsTest {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(GuideSnippetsTest.class);

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final EventLoopGroup boss = group;
    private final EventLoopGroup workers = group;
    private final SocketAddress addressA = new InetSocketAddress("127.0.0.1", 0);
    private final SocketAddress addressB = addressA;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    @AfterEach
    void stop() {
        // Without a quiet period, an event loop may end before it looks at its channels a last time.
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
        assertThat(group.terminationFuture().awaitUninterruptibly(30, TimeUnit.SECONDS))
                .as("the event loops have ended")
                .isTrue();
    }

    @Test
    void shouldHaveEachPieceOfCodeHere() {
        String here = condensed(source("multipath-handler", "guide/GuideSnippetsTest")
                // which have what this module has no library for
                + source("multipath-examples", "examples/stacks/GrpcTest")
                + source("multipath-quic", "quic/QuicGuideTest"));
        for (String document : List.of("docs/GUIDE.md", "README.md")) {
            List<String> pieces = Document.of(document).code();
            assertThat(pieces).as(document).isNotEmpty();
            assertThat(pieces).allSatisfy(piece -> assertThat(here).contains(condensed(piece)));
        }
    }

    private static String source(String module, String test) {
        return Document.of(module + "/src/test/java/dev/multipath/" + test + ".java")
                .text();
    }

    /** Where lines are broken is the formatter's affair here. */
    private static String condensed(String code) {
        return code.replaceAll("\\s", "");
    }

    // ---- client and server

    private ChannelFuture connect(ChannelHandler initializer, SocketAddress wifi, SocketAddress lte) {
        return new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .handler(initializer)
                .connect(MultipathAddress.of(Path.of("wifi", wifi), Path.of("lte", lte)));
    }

    private ChannelFuture bind(ChannelHandler initializer) {
        return new ServerBootstrap()
                .group(boss, workers)
                .channel(MultipathServerChannel.class)
                .childHandler(initializer)
                .bind(MultipathAddress.of(addressA, addressB));
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

    // ---- paths at run time

    private static void change(MultipathChannel channel, SocketAddress address, Path wifi, Path lte) {
        channel.addPath(Path.of("lte", address)); // dialled and kept; the future tells whether it worked
        channel.removePath(wifi); // its data go over the others; the server is told
        channel.setBackup(lte, true); // carries data only while nothing else delivers
        channel.setPathAttributes(lte, PathAttributes.DEFAULT.withCost(1).withMaxBytesPerSecond(250_000));
        channel.subflows(); // a snapshot, any thread
    }

    private void follow(Bootstrap bootstrap, MultipathChannel channel) throws SocketException {
        List<SocketAddress> servers = List.of(addressA, addressB);
        bootstrap.connect(MultipathAddress.mesh(LocalInterfaces.usable(), servers));
        // Once it is connected: paths come and go with this host's addresses, at most half a second later.
        InterfacePaths.follow(channel, LocalInterfaces::usable, servers);
    }

    private static void schedule(Channel channel, Channel server) {
        channel.config().setOption(SCHEDULER, Schedulers.REDUNDANT);
        server.config().setOption(SCHEDULER, Schedulers.byName("low-latency"));
    }

    @Test
    void shouldTakeSchedulersAtAnyTime() {
        MultipathChannel channel = new MultipathChannel();
        MultipathServerChannel server = new MultipathServerChannel();

        schedule(channel, server);

        assertThat(channel.config().getOption(SCHEDULER)).isEqualTo(Schedulers.REDUNDANT);
        assertThat(server.config().getOption(SCHEDULER)).isEqualTo(Schedulers.LOW_LATENCY);
    }

    private static void write(Channel channel, ByteBuf bytes) {
        channel.write(PrioritizedWrite.of(bytes, Urgency.URGENT));
        channel.write(PrioritizedWrite.within(bytes, Duration.ofMillis(500)));
    }

    private static void change(MultipathServerChannel server, SocketAddress address, Path wifi) {
        server.addPath(Path.of("lte", address)); // localAddress() has it, with the port, when the future succeeds
        server.removePath(wifi); // sessions with another path leave it, and their clients dial it no more
    }

    @Test
    void shouldChangeListeners() throws Exception {
        MultipathServerChannel server =
                (MultipathServerChannel) bind(new EchoHandler()).sync().channel();
        Path first = pathsOf(server).get(0);

        change(server, addressA, first);

        Awaitility.await().untilAsserted(() -> assertThat(pathsOf(server))
                .hasSize(2)
                .doesNotContain(first)
                .extracting(Path::label)
                .contains("lte"));
    }

    @Test
    void shouldChangePaths() throws Exception {
        List<Path> paths = pathsOf(bind(new EchoHandler()).sync().channel());
        Path first = Path.of("wifi", paths.get(0).remote());
        MultipathChannel client = (MultipathChannel) new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .handler(new ApplicationHandler())
                .connect(MultipathAddress.of(first))
                .sync()
                .channel();
        Path second = Path.of("lte", paths.get(1).remote());
        change(client, second.remote(), first, second);
        Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> labels(client)
                .equals(List.of("lte")));
        assertEcho(client);
    }

    private static List<String> labels(MultipathChannel channel) {
        return channel.subflows().stream()
                .map(subflow -> subflow.path().label())
                .toList();
    }

    // ---- subflows

    private void secure(Bootstrap bootstrap, X509Certificate authority) throws Exception {
        SslContext context = TlsConfig.prepare(SslContextBuilder.forClient().trustManager(authority))
                .build();
        bootstrap.option(
                SUBFLOW_TRANSPORT,
                SubflowTransport.ofEventLoop().withTls(TlsConfig.client(context).withServerName("example.org")));
    }

    private void secure(ServerBootstrap serverBootstrap, PrivateKey key, X509Certificate chain) throws Exception {
        SslContext context =
                TlsConfig.prepare(SslContextBuilder.forServer(key, chain)).build();
        serverBootstrap.option(SUBFLOW_TRANSPORT, SubflowTransport.ofEventLoop().withTls(TlsConfig.server(context)));
    }

    @Test
    void shouldSecureSubflows() throws Exception {
        X509Bundle own = new CertificateBuilder()
                .subject("CN=example.org")
                .addSanDnsName("example.org")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
        ServerBootstrap server = echoServer();
        secure(server, own.getKeyPair().getPrivate(), own.getCertificate());
        Bootstrap client = client();
        secure(client, own.getCertificate());
        Channel listening = server.bind(MultipathAddress.of(addressA)).sync().channel();
        assertEcho(client.connect(listening.localAddress()).sync().channel());
    }

    private void filter(ServerBootstrap serverBootstrap) {
        IpFilterRule rule = new IpSubnetFilterRule("10.66.0.0", 16, IpFilterRuleType.REJECT);
        serverBootstrap.option(
                SUBFLOW_TRANSPORT, SubflowTransport.ofEventLoop().withInitializer(subflow -> subflow.pipeline()
                        .addLast(new RuleBasedIpFilter(true, rule))));
    }

    @Test
    void shouldLetThroughWhoIsNotFiltered() throws Exception {
        ServerBootstrap server = echoServer();
        filter(server);
        Channel listening = server.bind(MultipathAddress.of(addressA)).sync().channel();
        assertEcho(client().connect(listening.localAddress()).sync().channel());
    }

    private void countHosts(ServerBootstrap serverBootstrap) {
        // Behind a proxy, all clients have its address.
        serverBootstrap.option(SOURCE_QUOTA, SourceQuota.NONE);
        // 5000 sessions and 500 handshakes from a host, an IPv4 /32 or IPv6 /56; our own load balancers do not count.
        serverBootstrap.option(
                SOURCE_QUOTA,
                SourceQuota.of(5000, 500).withPrefixes(32, 56).exempting(InetAddress::isSiteLocalAddress));
    }

    @Test
    void shouldServeWhoDoesNotExceedItsQuota() throws Exception {
        ServerBootstrap server = echoServer();
        countHosts(server);
        MultipathServerChannel listening = (MultipathServerChannel)
                server.bind(MultipathAddress.of(addressA)).sync().channel();
        assertEcho(client().connect(listening.localAddress()).sync().channel());
        assertThat(listening.admission().sources()).isLessThanOrEqualTo(1);
    }

    private void limitMemory(ServerBootstrap serverBootstrap) {
        serverBootstrap.option(MultipathChannelOption.MEMORY_BUDGET, MemoryBudget.ofBytes(256 << 20));
    }

    @Test
    void shouldServeWithinItsBudget() throws Exception {
        ServerBootstrap server = echoServer();
        limitMemory(server);
        Channel listening = server.bind(MultipathAddress.of(addressA)).sync().channel();
        assertEcho(client().connect(listening.localAddress()).sync().channel());
        assertThat(listening
                        .config()
                        .getOption(MultipathChannelOption.MEMORY_BUDGET)
                        .evictedSessions())
                .isZero();
    }

    private static void show(MultipathServerChannel server) {
        for (SessionSnapshot session : server.sessions()) {
            MultipathStats stats = session.stats();
            LOGGER.info("{} {} {}", session.connectionId(), stats.age(), stats.unacknowledgedBytes());
            for (PathStats path : stats.paths()) {
                LOGGER.info("  {} {} {} {}", path.label(), path.state(), path.rtt(), path.measured());
            }
        }
    }

    @Test
    void shouldShowLiveSessions() throws Exception {
        MultipathServerChannel server = (MultipathServerChannel)
                echoServer().bind(MultipathAddress.of(addressA)).sync().channel();
        Channel client = client().connect(server.localAddress()).sync().channel();
        assertThat(server.sessions()).isNotEmpty();
        show(server);
        assertEcho(client);
    }

    private static void measure(MeterRegistry registry, MultipathServerChannel server, MultipathChannel client) {
        MultipathMeterBinder meters = new MultipathMeterBinder();
        meters.bindTo(registry);
        meters.watch(server);
        meters.watch(client);
    }

    /** The table has every meter there is, with its unit and tags. */
    @Test
    void shouldMeasureAsTheTableSays() throws Exception {
        MultipathServerChannel server = (MultipathServerChannel)
                echoServer().bind(MultipathAddress.of(addressA)).sync().channel();
        Channel client = client().connect(server.localAddress()).sync().channel();
        MeterRegistry registry = new SimpleMeterRegistry();
        measure(registry, server, (MultipathChannel) client);
        client.pipeline().get(ApplicationHandler.class).answers = answers;
        client.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
        assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo("hello");
        // Of which there is no meter before there is one.
        ((MultipathChannel) client).abort(256, "to see it fail");
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> {
            registry.getMeters().forEach(meter -> meter.measure().forEach(Measurement::getValue));
            return registry.find("multipath.sessions.failed").meter() != null
                    && registry.find("multipath.path.sent").meter() != null;
        });

        Set<List<Object>> there = registry.getMeters().stream()
                .map(Meter::getId)
                .map(id -> List.<Object>of(
                        id.getName(),
                        id.getType() == Meter.Type.TIMER ? "time" : id.getBaseUnit(),
                        id.getTags().stream()
                                .map(tag -> "`" + tag.getKey() + "`")
                                .collect(Collectors.toSet())))
                .collect(Collectors.toSet());
        Set<List<Object>> told = Document.of("docs/GUIDE.md").section("Metrics").codeRows().stream()
                .map(row -> List.<Object>of(
                        row.get(0),
                        row.get(1),
                        row.get(2).equals("-") ? Set.of() : Set.of(row.get(2).split(", "))))
                .collect(Collectors.toSet());
        assertThat(told).isEqualTo(there);
    }

    private static ChannelPipeline show(MultipathServerChannel server, ChannelPipeline pipeline) {
        MultipathDashboardHandler page = MultipathDashboardHandler.builder(server::sessions)
                .path("/paths/")
                .build();
        LOGGER.info("http://127.0.0.1:8080{}", page.pathAndToken());

        pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(65536), page, new OtherRequests());
        return pipeline;
    }

    private static final class OtherRequests extends ChannelInboundHandlerAdapter {}

    @Test
    void shouldShowThePage() throws Exception {
        MultipathServerChannel server = (MultipathServerChannel)
                echoServer().bind(MultipathAddress.of(addressA)).sync().channel();
        EmbeddedChannel connection = new EmbeddedChannel();
        show(server, connection.pipeline());
        connection.writeInbound(Unpooled.copiedBuffer(
                "GET /paths/dashboard.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", StandardCharsets.US_ASCII));
        // It did not come by a loopback address.
        ByteBuf answer = connection.readOutbound();
        assertThat(answer.toString(StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 421 ");
        answer.release();
        connection.finishAndReleaseAll();
    }

    // ---- beside another server

    private static void accept(ChannelHandler sessionInitializer, ChannelPipeline pipeline) {
        MultipathAcceptor acceptor = MultipathAcceptor.builder(sessionInitializer)
                .option(MultipathChannelOption.MAX_SESSIONS, 1000)
                .childOption(MultipathChannelOption.SEND_BUFFER_BYTES, 4 << 20)
                .build();

        // In the pipeline of a connection that speaks multipath:
        pipeline.addLast(new MultipathServerHandler(acceptor));
    }

    @Test
    void shouldAcceptBesideAnotherServer() throws Exception {
        Channel listening = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        accept(new EchoHandler(), connection.pipeline());
                    }
                })
                .bind(addressA)
                .sync()
                .channel();
        assertEcho(client().connect(MultipathAddress.of(listening.localAddress()))
                .sync()
                .channel());
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

    // ---- the applications

    private static List<Path> pathsOf(Channel server) {
        return ((MultipathServerChannel) server).localAddress().paths();
    }

    private ServerBootstrap echoServer() {
        return new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childHandler(new EchoHandler());
    }

    private Bootstrap client() {
        return new Bootstrap().group(group).channel(MultipathChannel.class).handler(new ApplicationHandler());
    }

    private void assertEcho(Channel client) throws InterruptedException {
        client.pipeline().get(ApplicationHandler.class).answers = answers;
        client.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
        assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo("hello");
        assertThat(client.close().await(30, TimeUnit.SECONDS)).isTrue();
    }

    @ChannelHandler.Sharable
    private static final class EchoHandler extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ctx.writeAndFlush(msg);
        }
    }

    private static final class ApplicationHandler extends SimpleChannelInboundHandler<ByteBuf> {
        volatile BlockingQueue<String> answers;

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf received) {
            answers.add(received.toString(StandardCharsets.UTF_8));
        }
    }
}
