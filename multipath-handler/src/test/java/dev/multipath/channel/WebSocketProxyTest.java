package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.websocket.WebSocketAddress;
import dev.multipath.transport.websocket.WebSocketTransport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.proxy.ProxyConnectException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets through a proxy of HTTP, which knows nothing of them, and ends connections in its own way. */
class WebSocketProxyTest {

    private static final long BULK_BYTES = 300_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> towardsServer = new CopyOnWriteArrayList<>();
    private ServerSocket proxy;

    /** What it answers if it does not let anybody through; null to do so. */
    private volatile String refusal;

    @BeforeEach
    void listen() throws IOException {
        proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    @AfterEach
    void stop() throws Exception {
        proxy.close();
        for (Socket socket : towardsServer) {
            socket.close();
        }
        threads.shutdownNow();
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = proxy.accept();
                threads.execute(() -> serve(client));
            }
        } catch (IOException e) {
            assertThat(proxy.isClosed()).isTrue();
        }
    }

    /** {@code CONNECT host:port}. */
    private void serve(Socket client) {
        try (client) {
            BufferedReader head =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII), 1);
            String request = head.readLine();
            if (request == null) {
                // Given up before it has asked: it has taken too long, on a busy machine.
                return;
            }
            requests.add(request);
            String line;
            do {
                line = head.readLine();
            } while (line != null && !line.isEmpty());
            if (refusal != null) {
                write(client.getOutputStream(), refusal);
                return;
            }
            String[] target = request.split(" ")[1].split(":");
            try (Socket server = new Socket(target[0], Integer.parseInt(target[1]))) {
                towardsServer.add(server);
                write(client.getOutputStream(), "HTTP/1.1 200 OK\r\n\r\n");
                threads.execute(() -> copy(server, client));
                copy(client, server);
            }
        } catch (IOException e) {
            // Either end has gone.
            return;
        }
    }

    private static void write(OutputStream output, String text) throws IOException {
        output.write(text.getBytes(StandardCharsets.US_ASCII));
        output.flush();
    }

    /** A reset becomes an end in order here, as with many proxies. */
    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // As if it had ended.
            assertThat(e).isNotNull();
        }
        try {
            to.shutdownOutput();
        } catch (IOException e) {
            assertThat(e).isNotNull();
        }
    }

    private ChannelFuture connecting(Peers peers, Recorder client, boolean extended) throws Exception {
        peers.listen(
                peers.serverBootstrap(Echo::new)
                        .option(
                                MultipathChannelOption.SUBFLOW_TRANSPORT,
                                new WebSocketTransport(Peers.tracking(peers.serverSubflows), null, "/multipath")),
                1);
        SocketAddress local = peers.server().localAddress().paths().get(0).remote();
        SocketAddress path =
                WebSocketAddress.of("ws://127.0.0.1:" + ((InetSocketAddress) local).getPort() + "/multipath");
        SubflowTransport throughProxy = Peers.tracking(peers.clientSubflows)
                .withInitializer(
                        subflow -> subflow.pipeline().addLast(new HttpProxyHandler(proxy.getLocalSocketAddress())));
        return peers.clientBootstrap(client)
                .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        new WebSocketTransport(throughProxy, null, "/multipath"))
                .connect(MultipathAddress.of(path, path));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarryASessionThroughAProxy(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Recorder client = new Recorder();
            connecting(peers, client, extended).sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 2);
            assertThat(requests).hasSizeGreaterThanOrEqualTo(2).allMatch(request -> request.startsWith("CONNECT "));
            client.send(BULK_BYTES, 50_000);
            client.awaitReceived(BULK_BYTES);
            Recorder server = peers.accepted();
            client.channel().close().sync();
            server.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    /** Of the reset that a session of the base profile is cut by, the proxy makes a FIN. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotLookWholeWhenItIsCut(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Recorder client = new Recorder();
            connecting(peers, client, extended).sync();
            client.send(1000, 1000);
            client.awaitReceived(1000);
            Recorder server = peers.accepted();
            client.session().config().setOption(ChannelOption.SO_LINGER, 0);
            client.channel().close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).isNotEmpty();
        }
    }

    @Test
    void shouldTellThatTheProxyRefuses() throws Exception {
        refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Throwable failure = connecting(peers, new Recorder(), true).await().cause();
            assertThat(failure).isInstanceOf(AllPathsFailedException.class);
            assertThat(failure.getSuppressed())
                    .allSatisfy(path -> assertThat(path).hasCauseInstanceOf(ProxyConnectException.class));
            eventually()
                    .untilAsserted(() -> assertThat(peers.clientSubflows.size()).isZero());
        }
    }
}
