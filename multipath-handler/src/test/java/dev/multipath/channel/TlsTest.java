package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.metrics.PathState;
import dev.multipath.path.MultipathAddress;
import dev.multipath.session.MultipathException;
import dev.multipath.testing.Depth;
import dev.multipath.testing.OneIn;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import dev.multipath.transport.TlsTruncatedException;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Subflows of TLS, with real certificates: the stream, their moves between event loops, and their ends. */
class TlsTest {

    private static final long BULK_BYTES = 3_000_000;
    private static final long TLS_IN_TLS_BYTES = (long) Depth.of(4, 16) << 20;

    /** One after the other, each another way: whose end closes, and in which profile. */
    private static final int SESSIONS = Depth.of(8, 20);

    private static ServerBootstrap server(Peers peers, Supplier<? extends Recorder> application, TlsConfig tls) {
        return peers.serverBootstrap(application)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        Peers.tracking(peers.serverSubflows).withTls(tls));
    }

    private static Bootstrap client(Peers peers, Recorder application, TlsConfig tls) {
        return peers.clientBootstrap(application)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        Peers.tracking(peers.clientSubflows).withTls(tls));
    }

    private static void assertTls(Channel subflow) {
        SslHandler handler = subflow.pipeline().get(SslHandler.class);
        assertThat(handler.applicationProtocol()).isEqualTo(TlsConfig.ALPN_PROTOCOL);
        assertThat(handler.engine().getSession().getProtocol()).isEqualTo("TLSv1.3");
    }

    /** On all loops: the listeners', the sessions' and the clients' are different ones. */
    @OneIn(value = 2, share = 1)
    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#transportsAndProviders")
    void shouldEchoOverMutualTls(TestTransport transport, SslProvider provider) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(server(peers, Echo::new, TlsSetup.mutualServer(provider)), 2);
            Recorder client = new Recorder();
            peers.connect(client(peers, client, TlsSetup.mutualClient(provider)));

            client.send(BULK_BYTES, 50_000);
            client.awaitReceived(BULK_BYTES);

            Recorder server = peers.accepted();
            peers.clientSubflows.forEach(TlsTest::assertTls);
            assertThat(peers.serverSubflows.stream().filter(c -> c.parent() != null))
                    .hasSize(2)
                    .allSatisfy(subflow -> {
                        assertTls(subflow);
                        assertThat(subflow.eventLoop() == server.channel().eventLoop())
                                .as("on the session's loop")
                                .isEqualTo(transport.movesSubflows());
                    });
            client.channel().close().sync();
            server.awaitInactive();
            peers.awaitNothingLeft();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    /** The base profile has no word for it: the subflows are reset, without the close_notify of an end in order. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "OPENSSL"})
    void shouldNotLookLikeTheEndToABasePeerWhenAborted(SslProvider provider) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(server(peers, Recorder::new, TlsSetup.mutualServer(provider)), 2);
            for (int i = 0; i < SESSIONS; i++) {
                Recorder client = new Recorder();
                MultipathChannel session = peers.connect(client(peers, client, TlsSetup.mutualClient(provider))
                        .option(MultipathChannelOption.EXTENDED_PROFILE, false)
                        .option(ChannelOption.SO_LINGER, 0));
                Recorder server = peers.accepted();
                client.send(1000, 1000);
                server.awaitReceived(1000);
                session.close().sync();
                server.awaitInactive();
                assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
            }
        }
    }

    /** An end in order is one on TLS too, whichever end it is that closes, and whatever crosses its close_notify. */
    @OneIn(2)
    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#transportsAndProviders")
    void shouldEndWithoutExceptionWhenEitherEndCloses(TestTransport transport, SslProvider provider) throws Exception {
        // A local channel that is closed takes what its peer has not read yet with it, close_notify too.
        boolean endsArrive = transport != TestTransport.LOCAL;
        try (Peers peers = new Peers(transport)) {
            TlsConfig clientTls = TlsSetup.mutualClient(provider);
            peers.listen(server(peers, Recorder::new, TlsSetup.mutualServer(provider)), 2);
            for (int i = 0; i < SESSIONS; i++) {
                Recorder client = new Recorder();
                // The base profile knows of no other end than that of its subflows.
                peers.connect(client(peers, client, clientTls)
                        .option(MultipathChannelOption.EXTENDED_PROFILE, i % 4 >= 2 || !endsArrive));
                Recorder server = peers.accepted();
                Recorder closing = i % 2 == 0 ? client : server;
                Recorder other = i % 2 == 0 ? server : client;
                closing.send(100_000, 1_000);
                closing.awaitSent(100_000);
                closing.channel().close().sync();
                other.awaitInactive();
                assertThat(other.receivedBytes()).isEqualTo(100_000);
                assertThat(server.exceptions()).isEmpty();
                assertThat(client.exceptions()).isEmpty();
                assertThat(other.events(SubflowEvent.Kind.REMOVED))
                        .allMatch(event -> event.cause() == null || !endsArrive);
            }
            peers.awaitNothingLeft();
        }
    }

    static List<Arguments> versionsAcrossProviders() {
        List<Arguments> all = new ArrayList<>();
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            all.add(Arguments.of(version, SslProvider.JDK, SslProvider.OPENSSL));
            all.add(Arguments.of(version, SslProvider.OPENSSL, SslProvider.JDK));
        }
        return all;
    }

    @ParameterizedTest(name = "{0}, client {1}, server {2}")
    @MethodSource("versionsAcrossProviders")
    void shouldSpeakWithTheOtherProvider(String version, SslProvider clientProvider, SslProvider serverProvider)
            throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    server(peers, Recorder::new, TlsConfig.server(TlsSetup.server(serverProvider, TlsSetup.SERVER))),
                    2);
            TlsConfig clientTls = TlsConfig.client(TlsSetup.clientBuilder(clientProvider)
                            .protocols(version)
                            .build())
                    .withServerName(TlsSetup.SERVER_NAME);
            for (boolean clientCloses : new boolean[] {true, false}) {
                Recorder client = new Recorder();
                peers.connect(client(peers, client, clientTls).option(MultipathChannelOption.EXTENDED_PROFILE, false));
                Recorder server = peers.accepted();
                client.send(BULK_BYTES, 50_000);
                server.send(BULK_BYTES, 50_000);
                client.awaitReceived(BULK_BYTES);
                server.awaitReceived(BULK_BYTES);
                (clientCloses ? client : server).channel().close().sync();
                (clientCloses ? server : client).awaitInactive();
                assertThat(server.exceptions()).isEmpty();
                assertThat(client.exceptions()).isEmpty();
            }
            peers.awaitNothingLeft();
        }
    }

    static List<Arguments> socketsAndProviders() {
        List<Arguments> all = new ArrayList<>();
        for (TestTransport transport : List.of(TestTransport.NIO, TestTransport.EPOLL)) {
            TlsSetup.providers().forEach(provider -> all.add(Arguments.of(transport, provider)));
        }
        return all;
    }

    /** Under the session and over it, and neither notices that one path is lost. */
    @OneIn(2)
    @ParameterizedTest
    @MethodSource("socketsAndProviders")
    void shouldCarryTlsInTlsWhenASubflowIsLost(TestTransport transport, SslProvider provider) throws Exception {
        SslContext outerServer = TlsSetup.server(provider, TlsSetup.SERVER);
        SslContext outerClient = TlsSetup.clientBuilder(provider).build();
        try (Peers peers = new Peers(transport)) {
            peers.listen(
                    server(peers, Echo::new, TlsSetup.mutualServer(provider)).childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel session) {
                            session.pipeline().addLast(outerServer.newHandler(session.alloc()), new Echo());
                        }
                    }),
                    2);
            Recorder client = new Recorder();
            peers.connect(client(peers, client, TlsSetup.mutualClient(provider)).handler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel session) {
                    session.pipeline()
                            .addLast(outerClient.newHandler(session.alloc(), TlsSetup.SERVER_NAME, 0), client);
                }
            }));
            client.send(TLS_IN_TLS_BYTES, 50_000);
            eventually().until(() -> client.receivedBytes() > TLS_IN_TLS_BYTES / 4 || client.isInactive());
            Channel victim = client.firstSubflow();
            victim.eventLoop().execute(() -> victim.unsafe().close(victim.voidPromise()));

            client.awaitReceived(TLS_IN_TLS_BYTES);
            client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            client.awaitCount(SubflowEvent.Kind.ADDED, 3);
            client.channel().close().sync();
            peers.awaitNothingLeft();
            assertThat(client.exceptions()).isEmpty();
        }
    }

    /** Ends what the peer reads behind the back of the TLS handler. */
    private static void cut(Channel subflow) {
        subflow.eventLoop().execute(() -> {
            if (subflow instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            } else {
                subflow.unsafe().close(subflow.voidPromise());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#transportsAndProviders")
    void shouldTakeAnEndWithoutCloseNotifyForALoss(TestTransport transport, SslProvider provider) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(server(peers, Recorder::new, TlsSetup.mutualServer(provider)), 1);
            Recorder client = new Recorder();
            // The extended profile would wait for another subflow.
            peers.connect(client(peers, client, TlsSetup.mutualClient(provider))
                    .option(MultipathChannelOption.EXTENDED_PROFILE, false));
            Recorder server = peers.accepted();
            client.send(1_000, 1_000);
            server.awaitReceived(1_000);

            cut(client.firstSubflow());

            server.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            assertThat(server.events(SubflowEvent.Kind.REMOVED).get(0).cause())
                    .isInstanceOf(TlsTruncatedException.class);
            server.awaitInactive();
            assertThat(server.exceptions())
                    .singleElement()
                    .isInstanceOf(MultipathException.class)
                    .satisfies(e -> assertThat(e.getCause()).isInstanceOf(TlsTruncatedException.class));
        }
    }

    /** In the middle of one that carries the middle of a frame: only TLS knows that. */
    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#transportsAndProviders")
    void shouldTakeAnEndInsideARecordForALoss(TestTransport transport, SslProvider provider) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(server(peers, Recorder::new, TlsSetup.mutualServer(provider)), 1);
            Recorder client = new Recorder();
            peers.connect(client(peers, client, TlsSetup.mutualClient(provider))
                    .option(MultipathChannelOption.EXTENDED_PROFILE, false));
            Recorder server = peers.accepted();
            client.send(1_000, 1_000);
            server.awaitReceived(1_000);
            Channel subflow = client.firstSubflow();
            subflow.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
                @Override
                public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                    ByteBuf records = (ByteBuf) message;
                    records.writerIndex(records.readerIndex() + records.readableBytes() / 2);
                    ctx.writeAndFlush(records).addListener(written -> cut(subflow));
                    promise.trySuccess();
                    ctx.pipeline().remove(this);
                }
            });

            client.send(10_000, 10_000);

            server.awaitInactive();
            assertThat(server.receivedBytes()).isEqualTo(1_000);
            assertThat(server.exceptions())
                    .singleElement()
                    .isInstanceOf(MultipathException.class)
                    .satisfies(e -> assertThat(e.getCause()).isInstanceOf(TlsTruncatedException.class));
        }
    }

    /** Handshakes with their tasks on other threads, and each session on one of several loops. */
    @OneIn(2)
    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#transportsAndProviders")
    void shouldServeManySessionsOnManyLoops(TestTransport transport, SslProvider provider) throws Exception {
        ExecutorService tasks = Executors.newFixedThreadPool(2);
        EventLoopGroup sessionLoops = transport.newGroup(3);
        try (Peers peers = new Peers(transport)) {
            BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
            ServerBootstrap bootstrap = new ServerBootstrap()
                    .group(peers.listenerGroup, sessionLoops)
                    .channel(MultipathServerChannel.class)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            Peers.tracking(peers.serverSubflows)
                                    .withTls(TlsSetup.mutualServer(provider).withTaskExecutor(tasks)))
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel session) {
                            Echo echo = new Echo();
                            session.pipeline().addLast(echo);
                            accepted.add(echo);
                        }
                    });
            peers.listen(bootstrap, 2);
            TlsConfig clientTls = TlsSetup.mutualClient(provider).withTaskExecutor(tasks);
            List<Recorder> clients = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Recorder client = new Recorder();
                clients.add(client);
                peers.connect(client(peers, client, clientTls));
                client.send(300_000, 10_000);
            }
            for (Recorder client : clients) {
                client.awaitReceived(300_000);
                assertThat(client.session().stats().paths()).allMatch(path -> path.state() == PathState.ACTIVE);
            }
            for (Recorder client : clients) {
                client.channel().close().sync();
                assertThat(client.exceptions()).isEmpty();
            }
            peers.awaitNothingLeft();
            assertThat(accepted).allMatch(echo -> echo.exceptions().isEmpty());
        } finally {
            transport.shutDown(sessionLoops);
            sessionLoops.terminationFuture().sync();
            tasks.shutdown();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldVerifyByThePathsHostWithoutAGivenName(SslProvider provider) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(server(peers, Echo::new, TlsConfig.server(TlsSetup.server(provider, TlsSetup.SERVER))), 1);
            int port = ((InetSocketAddress)
                            peers.server().localAddress().paths().get(0).remote())
                    .getPort();
            Recorder client = new Recorder();
            TlsConfig tls = TlsConfig.client(TlsSetup.clientBuilder(provider).build());
            // The certificate has the address.
            client(peers, client, tls)
                    .connect(MultipathAddress.of(new InetSocketAddress("127.0.0.1", port)))
                    .sync();
            client.send(1_000, 1_000);
            client.awaitReceived(1_000);
        }
    }

    /** SNI: each name has its certificate, and the client's check tells that it got the right one. */
    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldChooseTheCertificateByTheNameInTheHello(SslProvider provider) throws Exception {
        SslContext one = TlsSetup.server(provider, TlsSetup.SERVER);
        SslContext other = TlsSetup.server(provider, TlsSetup.OTHER_SERVER);
        BlockingQueue<String> names = new LinkedBlockingQueue<>();
        TlsConfig serverTls = TlsConfig.server(name -> {
            names.add(name);
            return name.equals("other.test") ? other : one;
        });
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(server(peers, Echo::new, serverTls), 2);
            int firstPort = ((InetSocketAddress)
                            peers.server().localAddress().paths().get(0).remote())
                    .getPort();
            Recorder client = new Recorder();
            TlsConfig clientTls = TlsConfig.client(
                            TlsSetup.clientBuilder(provider).build())
                    .withServerNames(remote ->
                            ((InetSocketAddress) remote).getPort() == firstPort ? TlsSetup.SERVER_NAME : "other.test.");
            peers.connect(client(peers, client, clientTls));
            // On a busy machine a path may have been dialled twice.
            assertThat(Set.copyOf(names)).containsExactlyInAnyOrder(TlsSetup.SERVER_NAME, "other.test");
            client.send(BULK_BYTES, 50_000);
            client.awaitReceived(BULK_BYTES);
        }
    }

    @Test
    void shouldLeaveTheNameOfTheClientsHelloToOthers() throws Exception {
        // Handlers behind see the events of TLS, as they would without this transport.
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        TlsConfig tls = TlsSetup.mutualServer(SslProvider.JDK);
        SubflowTransport transport = SubflowTransport.ofEventLoop()
                .withTls(tls)
                .withInitializer(subflow -> subflow.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                        if (event instanceof SniCompletionEvent sni) {
                            seen.add(sni.hostname());
                        }
                        ctx.fireUserEventTriggered(event);
                    }
                }));
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Echo::new).option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport), 1);
            peers.connect(client(peers, new Recorder(), TlsSetup.mutualClient(SslProvider.JDK)));
            assertThat(seen).containsExactly(TlsSetup.SERVER_NAME);
        }
    }

    @Test
    void shouldKeepTheRolesApart() throws Exception {
        SslContext client = TlsSetup.clientBuilder(SslProvider.JDK).build();
        SslContext server = TlsSetup.server(SslProvider.JDK, TlsSetup.SERVER);
        assertThatThrownBy(() -> TlsConfig.server(client)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TlsConfig.client(server)).isInstanceOf(IllegalArgumentException.class);
        try (Peers peers = new Peers(TestTransport.NIO)) {
            assertThatThrownBy(() -> peers.listen(server(peers, Echo::new, TlsConfig.client(client)), 1))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("client's TLS");
        }
    }
}
