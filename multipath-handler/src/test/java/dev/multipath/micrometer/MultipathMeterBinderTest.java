package dev.multipath.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.MultipathServerHandler;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathHistory;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportDecorator;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.search.Search;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a registry shows of real sessions over two paths. */
class MultipathMeterBinderTest {

    private static final int BYTES = 300_000;
    private static final SocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<Channel> clientSubflows = new LinkedBlockingQueue<>();
    private final BlockingQueue<MultipathChannel> accepted = new LinkedBlockingQueue<>();
    private final MeterRegistry registry = new SimpleMeterRegistry();

    @AfterEach
    void stop() {
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
        assertThat(group.terminationFuture().awaitUninterruptibly(60, TimeUnit.SECONDS))
                .isTrue();
    }

    private static ConditionFactory eventually() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(5));
    }

    private ChannelInitializer<Channel> echo() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel session) {
                accepted.add((MultipathChannel) session);
                session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object message) {
                        ctx.writeAndFlush(message);
                    }

                    @Override
                    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                        ctx.close();
                    }
                });
            }
        };
    }

    private MultipathServerChannel listen() throws InterruptedException {
        return (MultipathServerChannel) new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childOption(MultipathChannelOption.SCHEDULER, RoundRobinScheduler::new)
                .childHandler(echo())
                .bind(MultipathAddress.of(ANY_PORT, ANY_PORT))
                .sync()
                .channel();
    }

    /** Counts down as bytes come back. */
    private static final class Receiver extends ChannelInboundHandlerAdapter {
        private volatile int received;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            received += ((ByteBuf) message).readableBytes();
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private MultipathChannel connect(List<Path> listeners, ChannelHandler handler) throws InterruptedException {
        return connect(listeners, handler, SubflowTransport.ofEventLoop());
    }

    private MultipathChannel connect(List<Path> listeners, ChannelHandler handler, SubflowTransport transport)
            throws InterruptedException {
        MultipathChannel session = (MultipathChannel) new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.PATH_HISTORY, new PathHistory())
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport.withInitializer(clientSubflows::add))
                .handler(handler)
                .connect(MultipathAddress.of(
                        Path.of("wifi", listeners.get(0).remote()),
                        Path.of("lte", listeners.get(1).remote())))
                .sync()
                .channel();
        eventually().until(() -> session.subflows().size() == 2);
        return session;
    }

    private void transfer(MultipathChannel session) {
        Receiver receiver = session.pipeline().get(Receiver.class);
        int goal = receiver.received + BYTES;
        session.writeAndFlush(Unpooled.wrappedBuffer(new byte[BYTES]));
        eventually().until(() -> receiver.received == goal);
    }

    /** The sum of all meters of that name that have these tags. */
    private double value(String name, String... tags) {
        return Search.in(registry).name(name).tags(tags).meters().stream()
                .mapToDouble(meter -> meter.measure().iterator().next().getValue())
                .sum();
    }

    private static long sum(MultipathChannel session, String label, ToLongFunction<PathStats> number) {
        return session.stats().paths().stream()
                .filter(path -> path.label().equals(label))
                .mapToLong(number)
                .sum();
    }

    @Test
    void shouldShowWhatIsOpenAndKeepWhatWasCounted() throws Exception {
        MultipathServerChannel server = listen();
        List<Path> listeners = server.localAddress().paths();
        MultipathMeterBinder binder = new MultipathMeterBinder();
        binder.bindTo(registry);
        binder.watch(server);
        MultipathChannel client = connect(listeners, new Receiver());
        binder.watch(client);
        binder.watch(client);
        transfer(client);
        eventually().until(() -> server.sessions().get(0).subflows().size() == 2);

        binder.look();
        assertThat(value("multipath.sessions.open", "role", "client")).isEqualTo(1);
        assertThat(value("multipath.sessions.open", "role", "server")).isEqualTo(1);
        assertThat(value("multipath.subflows", "state", "active", "path", "wifi"))
                .isEqualTo(1);
        assertThat(value("multipath.subflows", "state", "active")).isEqualTo(4);
        assertThat(value("multipath.subflows", "state", "stale")).isZero();
        assertThat(value("multipath.memory.limit")).isPositive();
        assertThat(registry.get("multipath.path.rtt")
                        .tag("path", "wifi")
                        .timer()
                        .count())
                .as("one for each look; the binder looks by itself too")
                .isPositive();
        transfer(client);
        client.close().sync();
        eventually().until(() -> server.sessions().isEmpty());

        binder.look();
        assertThat(value("multipath.sessions.open")).isZero();
        assertThat(value("multipath.sessions.opened", "role", "client")).isEqualTo(1);
        assertThat(value("multipath.subflows")).isZero();
        for (String label : List.of("wifi", "lte")) {
            assertThat(value("multipath.path.sent", "path", label)).isEqualTo(sum(client, label, PathStats::bytesSent));
            assertThat(value("multipath.path.received.frames", "path", label))
                    .isEqualTo(sum(client, label, PathStats::framesReceived));
            assertThat(value("multipath.path.established", "path", label))
                    .isEqualTo(sum(client, label, PathStats::successes));
        }
        assertThat(value("multipath.path.sent", "path", "wifi") + value("multipath.path.sent", "path", "lte"))
                .isEqualTo(2 * BYTES);
        double sentByServer = listeners.stream()
                .map(listener -> (InetSocketAddress) listener.remote())
                .mapToDouble(address -> value("multipath.path.sent", "path", "127.0.0.1:" + address.getPort()))
                .sum();
        assertThat(sentByServer).isEqualTo(2 * BYTES);
    }

    @Test
    void shouldShowWhatTransportsKnow() throws Exception {
        MultipathServerChannel server = listen();
        MultipathMeterBinder binder = new MultipathMeterBinder();
        binder.bindTo(registry);
        TransportStats known =
                new TransportStats(2_000_000, 30_000, 40_000, 1, 2, 3, 7, new MptcpStats(3, 1000, 2000, 0));
        SubflowTransport knowing = new TransportDecorator(SubflowTransport.ofEventLoop()) {
            @Override
            public TransportStats stats(Channel subflow) {
                return known;
            }
        };
        MultipathChannel client = connect(server.localAddress().paths(), new Receiver(), knowing);
        binder.watch(client);
        transfer(client);

        eventually().untilAsserted(() -> {
            binder.look();
            assertThat(value("multipath.path.transport.window")).isEqualTo(60_000);
            assertThat(value("multipath.path.transport.rate", "path", "lte")).isEqualTo(40_000);
            assertThat(value("multipath.path.mptcp.subflows", "path", "lte")).isEqualTo(3);
            assertThat(value("multipath.path.transport.lost", "path", "wifi")).isEqualTo(7);
            assertThat(registry.get("multipath.path.transport.rtt")
                            .tag("path", "wifi")
                            .timer()
                            .max(TimeUnit.MILLISECONDS))
                    .isEqualTo(2);
        });
        client.close().sync();
        binder.look();
        assertThat(value("multipath.path.transport.window")).isZero();
        assertThat(value("multipath.path.transport.lost")).isEqualTo(14);
    }

    /** A session has come and gone before anybody has looked. */
    @Test
    void shouldCountSessionsThatNoLookHasSeen() throws Exception {
        MultipathServerChannel server = listen();
        MultipathMeterBinder binder = new MultipathMeterBinder();
        binder.bindTo(registry);
        binder.watch(server);
        MultipathChannel client = connect(server.localAddress().paths(), new Receiver());
        transfer(client);
        client.close().sync();
        eventually().until(() -> server.sessions().isEmpty());

        eventually().until(() -> {
            binder.look();
            return value("multipath.path.received") >= BYTES;
        });
        assertThat(value("multipath.sessions.opened", "role", "server")).isGreaterThanOrEqualTo(1);
        assertThat(Search.in(registry).tag("path", "unknown").meters()).isEmpty();
    }

    @Test
    void shouldTimeSuspensionsAndCountFailures() throws Exception {
        MultipathServerChannel server = listen();
        List<Path> listeners = server.localAddress().paths();
        MultipathMeterBinder binder = new MultipathMeterBinder();
        binder.bindTo(registry);
        MultipathChannel client = connect(listeners, new Receiver());
        binder.watch(client);
        transfer(client);
        for (Path path : List.copyOf(client.remoteAddress().paths())) {
            client.removePath(new Path(path.label(), path.remote(), null)).sync();
        }
        eventually().until(() -> client.snapshot().stats().suspended());
        binder.look();
        assertThat(value("multipath.sessions.suspended", "role", "client")).isEqualTo(1);
        client.addPath(Path.of("wifi", listeners.get(0).remote())).sync();
        eventually()
                .until(() -> registry.get("multipath.sessions.suspension")
                                .tag("role", "client")
                                .timer()
                                .count()
                        == 1);

        accepted.forEach(session -> session.abort(300, "enough"));
        eventually().until(() -> !client.isOpen());
        assertThat(value("multipath.sessions.failed", "role", "client", "cause", "SessionResetException"))
                .isEqualTo(1);
    }

    @Test
    void shouldTimeStalls() throws Exception {
        MultipathServerChannel server = listen();
        MultipathMeterBinder binder = new MultipathMeterBinder();
        binder.bindTo(registry);
        binder.watch(server);
        MultipathChannel client = connect(server.localAddress().paths(), new Receiver());
        transfer(client);
        eventually().until(() -> {
            // What is echoed over the silenced one gets stuck there, until the client has another one in its place:
            // perhaps before
            // anybody has looked, and then the next is silenced.
            clientSubflows.stream().filter(Channel::isActive).findFirst().ifPresent(silenced -> silenced.config()
                    .setAutoRead(false));
            client.writeAndFlush(Unpooled.wrappedBuffer(new byte[10_000]));
            binder.look();
            return value("multipath.subflows", "state", "stale") > 0 || stalls() > 0;
        });
        // Before it has answered or is replaced, the end of the session ends it too.
        client.abort(300, "enough");
        eventually().until(() -> stalls() > 0);
        // Whatever the cause: what is late may be sent again before the subflow is called stale.
        eventually().until(() -> {
            binder.look();
            return value("multipath.path.repeated") > 0;
        });
    }

    private long stalls() {
        return Search.in(registry).name("multipath.path.stall").timers().stream()
                .filter(timer -> timer.totalTime(TimeUnit.NANOSECONDS) > 0)
                .mapToLong(Timer::count)
                .sum();
    }

    @Test
    void shouldCountLosses() throws Exception {
        MultipathServerChannel server = listen();
        MultipathMeterBinder binder = new MultipathMeterBinder();
        binder.bindTo(registry);
        binder.watch(server);
        connect(server.localAddress().paths(), new Receiver());
        Channel killed = clientSubflows.take();
        killed.config().setOption(ChannelOption.SO_LINGER, 0);
        killed.close();

        eventually().until(() -> {
            binder.look();
            return value("multipath.path.lost") >= 1;
        });
    }

    @Test
    void shouldHaveOnlySoManyNamesOfPaths() throws Exception {
        MultipathServerChannel server = listen();
        MultipathMeterBinder binder = MultipathMeterBinder.builder()
                .maxPaths(2)
                .tags(Tags.of("service", "files"))
                .pathNames(name -> name.equals("lte") ? "mobile" : name)
                .build();
        binder.bindTo(registry);
        MultipathChannel client = connect(server.localAddress().paths(), new Receiver());
        binder.watch(client);
        transfer(client);
        binder.look();
        binder.watch(server);
        transfer(client);
        binder.look();

        assertThat(registry.getMeters())
                .allSatisfy(meter -> assertThat(meter.getId().getTag("service")).isEqualTo("files"));
        assertThat(registry.getMeters().stream()
                        .map(meter -> meter.getId().getTag("path"))
                        .filter(name -> name != null)
                        .distinct())
                .containsExactlyInAnyOrder("wifi", "mobile", "other");
        assertThat(value("multipath.path.received", "path", "other")).isGreaterThanOrEqualTo(2 * BYTES);
        assertThatThrownBy(() -> MultipathMeterBinder.builder().maxPaths(-1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldWatchAnAcceptor() throws Exception {
        MultipathMeterBinder binder = new MultipathMeterBinder();
        binder.bindTo(registry);
        try (MultipathAcceptor acceptor = MultipathAcceptor.builder(echo()).build()) {
            binder.watch(acceptor);
            ServerBootstrap plain = new ServerBootstrap()
                    .group(group)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel connection) {
                            connection.pipeline().addLast(new MultipathServerHandler(acceptor));
                        }
                    });
            List<Path> listeners = List.of(
                    Path.of(plain.bind(ANY_PORT).sync().channel().localAddress()),
                    Path.of(plain.bind(ANY_PORT).sync().channel().localAddress()));
            MultipathChannel client = connect(listeners, new Receiver());
            transfer(client);

            // By reading alone: a look of its own.
            eventually().until(() -> {
                registry.getMeters().forEach(meter -> meter.measure().forEach(Measurement::getValue));
                return value("multipath.path.received") >= BYTES;
            });
            assertThat(value("multipath.sessions.open", "role", "server")).isEqualTo(1);
        }
    }

    /** So that each registry can make names of its own of them. */
    @Test
    void shouldNameMetersByConvention() throws Exception {
        MultipathServerChannel server = listen();
        MultipathMeterBinder binder = new MultipathMeterBinder();
        binder.bindTo(registry);
        binder.watch(server);
        transfer(connect(server.localAddress().paths(), new Receiver()));
        binder.look();

        assertThat(registry.getMeters())
                .extracting(Meter::getId)
                .hasSizeGreaterThan(40)
                .allSatisfy(id -> {
                    assertThat(id.getName()).matches("multipath(\\.[a-z]+)+");
                    assertThat(id.getDescription()).isNotBlank();
                    assertThat(id.getBaseUnit()).isNotNull();
                    assertThat(id.getTags())
                            .allSatisfy(tag -> assertThat(tag.getKey()).matches("[a-z]+"));
                });
    }
}
