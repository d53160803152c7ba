package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.MultipathException;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import dev.multipath.transport.websocket.WebSocketAddress;
import dev.multipath.transport.websocket.WebSocketTransport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions whose subflows are WebSockets. */
class WebSocketSessionTest {

    /** Clients mask byte by byte, which a paranoid leak detector looks at byte by byte. */
    private static final long BULK_BYTES = 300_000;

    private static final String PATH = "/multipath";

    private static WebSocketTransport transport(ChannelGroup group, TlsConfig tls) {
        return new WebSocketTransport(Peers.tracking(group), tls, PATH);
    }

    private static void listen(Peers peers, Supplier<Recorder> application, TlsConfig tls) throws Exception {
        peers.listen(
                peers.serverBootstrap(application)
                        .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport(peers.serverSubflows, tls)),
                2);
    }

    private static MultipathAddress webSockets(Peers peers, String scheme, String host, String path) {
        return MultipathAddress.of(peers.server().localAddress().paths().stream()
                .map(Path::remote)
                .map(local ->
                        WebSocketAddress.of(scheme + "://" + host + ":" + ((InetSocketAddress) local).getPort() + path))
                .toArray(SocketAddress[]::new));
    }

    private static ChannelFuture connecting(
            Peers peers, Recorder client, boolean extended, TlsConfig tls, MultipathAddress address) {
        return peers.clientBootstrap(client)
                .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport(peers.clientSubflows, tls))
                .connect(address);
    }

    private static Recorder connect(Peers peers, boolean extended) throws Exception {
        Recorder client = new Recorder();
        connecting(peers, client, extended, null, webSockets(peers, "ws", "127.0.0.1", PATH))
                .sync();
        client.awaitCount(SubflowEvent.Kind.ADDED, 2);
        peers.awaitSessions(1);
        return client;
    }

    @ParameterizedTest
    @CsvSource({"NIO, true", "NIO, false", "EPOLL, true", "EPOLL, false", "IO_URING, true"})
    void shouldCarryASession(TestTransport transport, boolean extended) throws Exception {
        try (Peers peers = new Peers(transport)) {
            listen(peers, Echo::new, null);
            peers.assertCarriesSession(connect(peers, extended), BULK_BYTES);
        }
    }

    /** An end in order is one over WebSockets too, whichever end it is that closes. */
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void shouldEndInOrder(boolean extended, boolean clientCloses) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listen(peers, Recorder::new, null);
            for (int i = 0; i < 10; i++) {
                Recorder client = connect(peers, extended);
                Recorder server = peers.accepted();
                Recorder closing = clientCloses ? client : server;
                Recorder other = clientCloses ? server : client;
                closing.send(100_000, 1_000);
                closing.awaitSent(100_000);
                closing.channel().close().sync();
                other.awaitInactive();
                assertThat(other.receivedBytes()).isEqualTo(100_000);
                assertThat(server.exceptions()).isEmpty();
                assertThat(client.exceptions()).isEmpty();
                peers.awaitSessions(0);
            }
        }
    }

    /** The peer's Close is the end: that the connection then ends before TLS has said so too is no cut. */
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void shouldEndInOrderOverTls(boolean extended, boolean clientCloses) throws Exception {
        TlsConfig serverTls = TlsConfig.server(TlsSetup.server(SslProvider.JDK, TlsSetup.SERVER));
        TlsConfig clientTls = TlsConfig.client(
                        TlsSetup.clientBuilder(SslProvider.JDK).build())
                .withServerName(TlsSetup.SERVER_NAME);
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listen(peers, Recorder::new, serverTls);
            for (int i = 0; i < 20; i++) {
                Recorder client = new Recorder();
                connecting(peers, client, extended, clientTls, webSockets(peers, "wss", "127.0.0.1", PATH))
                        .sync();
                client.awaitCount(SubflowEvent.Kind.ADDED, 2);
                peers.awaitSessions(1);
                Recorder server = peers.accepted();
                Recorder closing = clientCloses ? client : server;
                Recorder other = clientCloses ? server : client;
                closing.send(1_000, 1_000);
                closing.awaitSent(1_000);
                closing.channel().close().sync();
                other.awaitInactive();
                assertThat(other.receivedBytes()).isEqualTo(1_000);
                assertThat(server.exceptions()).isEmpty();
                assertThat(client.exceptions()).isEmpty();
                peers.awaitSessions(0);
            }
        }
    }

    /** Without a Close, whatever becomes of the connection: a proxy on the way may make an end in order of a reset. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotLookWholeWhenItIsCut(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listen(peers, Recorder::new, null);
            Recorder client = connect(peers, extended);
            client.send(1000, 1000);
            Recorder server = peers.accepted();
            server.awaitReceived(1000);
            client.session().config().setOption(ChannelOption.SO_LINGER, 0);
            client.channel().close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).singleElement().isInstanceOf(MultipathException.class);
        }
    }

    @Test
    void shouldTakeAFinWithoutACloseForACut() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listen(peers, Echo::new, null);
            Recorder client = connect(peers, true);
            client.send(BULK_BYTES, 50_000);
            Channel first = client.firstSubflow();
            first.config().setOption(ChannelOption.SO_LINGER, -1);
            first.close();
            client.awaitReceived(BULK_BYTES);
            Recorder server = peers.accepted();
            server.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            // Or the server has found out when it wrote.
            assertThat(server.events(SubflowEvent.Kind.REMOVED).get(0).cause()).isInstanceOf(IOException.class);
            assertThat(client.exceptions()).isEmpty();
        }
    }

    @Test
    void shouldCarryASessionOverTls() throws Exception {
        // As HTTP servers have them: ALPN is of HTTP, or not there.
        SslContext server = SslContextBuilder.forServer(
                        TlsSetup.SERVER.getKeyPair().getPrivate(), TlsSetup.SERVER.getCertificatePath())
                .build();
        SslContext client = SslContextBuilder.forClient()
                .trustManager(TlsSetup.AUTHORITY.getCertificate())
                .build();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listen(peers, Echo::new, TlsConfig.server(server));
            Recorder application = new Recorder();
            connecting(
                            peers,
                            application,
                            true,
                            TlsConfig.client(client).withServerName(TlsSetup.SERVER_NAME),
                            webSockets(peers, "wss", "localhost", PATH))
                    .sync();
            application.awaitCount(SubflowEvent.Kind.ADDED, 2);
            application.send(BULK_BYTES, 50_000);
            application.awaitReceived(BULK_BYTES);
            Recorder accepted = peers.accepted();
            application.channel().close().sync();
            accepted.awaitInactive();
            assertThat(application.exceptions()).isEmpty();
        }
    }

    @Test
    void shouldGoTogetherWithTcp() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                Peers plain = new Peers(TestTransport.NIO)) {
            listen(peers, Echo::new, null);
            plain.listen(Echo::new, 1);
            // The other server knows no session of this one's; only that the path is dialled as TCP is of interest.
            Recorder client = new Recorder();
            MultipathAddress webSocket = webSockets(peers, "ws", "127.0.0.1", PATH);
            SocketAddress tcp = plain.server().localAddress().paths().get(0).remote();
            connecting(
                            peers,
                            client,
                            true,
                            null,
                            MultipathAddress.of(webSocket.paths().get(0).remote(), tcp))
                    .sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 1);
            client.send(1000, 1000);
            client.awaitReceived(1000);
            client.channel().close().sync();
        }
    }

    private static void assertFails(Peers peers, String path, boolean wss, Class<? extends Throwable> cause)
            throws Exception {
        ChannelFuture connecting = connecting(
                        peers, new Recorder(), true, null, webSockets(peers, wss ? "wss" : "ws", "127.0.0.1", path))
                .await();
        assertThat(connecting.cause()).isInstanceOf(AllPathsFailedException.class);
        assertThat(Arrays.stream(connecting.cause().getSuppressed()).map(Throwable::getCause))
                .hasSize(2)
                .allSatisfy(each -> assertThat(each).isInstanceOf(cause));
    }

    @Test
    void shouldTellThatThereIsNoWebSocket() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listen(peers, Recorder::new, null);
            assertFails(peers, "/elsewhere", false, WebSocketHandshakeException.class);
            assertFails(peers, PATH, true, UnsupportedOperationException.class);
            peers.awaitNothingLeft();
        }
    }

    /** Beside an HTTP server's own requests. */
    @Test
    void shouldGoToAnAcceptor() throws Exception {
        BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
        try (Peers peers = new Peers(TestTransport.NIO);
                MultipathAcceptor acceptor = MultipathAcceptor.builder(new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel session) {
                                Recorder recorder = new Echo();
                                session.pipeline().addLast(recorder);
                                accepted.add(recorder);
                            }
                        })
                        .option(
                                MultipathChannelOption.SUBFLOW_TRANSPORT,
                                new WebSocketTransport(SubflowTransport.ofEventLoop(), null, PATH))
                        .build()) {
            Channel listener = new ServerBootstrap()
                    .group(peers.listenerGroup, peers.sessionGroup)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel connection) {
                            peers.serverSubflows.add(connection);
                            connection
                                    .pipeline()
                                    .addLast(new HttpServerCodec(), new HttpObjectAggregator(8192))
                                    .addLast(WebSocketTransport.serverHandlers(PATH))
                                    .addLast(new MultipathServerHandler(acceptor));
                        }
                    })
                    .bind(peers.transport.ephemeral())
                    .sync()
                    .channel();
            int port = ((InetSocketAddress) listener.localAddress()).getPort();
            Recorder client = new Recorder();
            SocketAddress path = WebSocketAddress.of("ws://127.0.0.1:" + port + PATH);
            connecting(peers, client, true, null, MultipathAddress.of(path, path))
                    .sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 2);
            client.send(BULK_BYTES, 50_000);
            client.awaitReceived(BULK_BYTES);
            client.channel().close().sync();
            Recorder server = accepted.take();
            server.awaitInactive();
            assertThat(server.exceptions()).isEmpty();
        }
    }
}
