package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.multipath.codec.UnexpectedVersionException;
import dev.multipath.metrics.PathState;
import dev.multipath.metrics.PathStats;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.SignatureException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** TLS handshakes that fail: a failed path with its cause, and no more than that. */
class TlsFailureTest {

    private final Peers peers = new Peers(TestTransport.NIO);
    private final Recorder client = new Recorder();

    /** Of the connect that failed. */
    private String message;

    @AfterEach
    void closePeers() {
        peers.close();
    }

    private void listen(TlsConfig tls, int addresses) throws InterruptedException {
        SubflowTransport transport = Peers.tracking(peers.serverSubflows);
        peers.listen(
                peers.serverBootstrap(Echo::new)
                        .option(
                                MultipathChannelOption.SUBFLOW_TRANSPORT,
                                tls == null ? transport : transport.withTls(tls)),
                addresses);
    }

    /** The reason for which the only path fails. */
    private Throwable connectFailure(TlsConfig tls, InetSocketAddress address, Duration timeout) {
        SubflowTransport transport = Peers.tracking(peers.clientSubflows);
        AllPathsFailedException e = catchThrowableOfType(AllPathsFailedException.class, () -> peers.clientBootstrap(
                        new Recorder())
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, tls == null ? transport : transport.withTls(tls))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                .connect(MultipathAddress.of(Path.of("only", address)))
                .sync());
        assertThat(e).isNotNull();
        assertThat(e.getSuppressed()).hasSize(1);
        message = e.getMessage();
        return e.getSuppressed()[0].getCause();
    }

    private Throwable connectFailure(TlsConfig tls) {
        Path path = peers.server().localAddress().paths().get(0);
        Throwable cause = connectFailure(tls, (InetSocketAddress) path.remote(), Waiting.PATIENCE);
        peers.awaitNothingLeft();
        assertThat(peers.acceptedSessions()).as("sessions that were opened").isZero();
        return cause;
    }

    private static TlsConfig trustingClient(SslProvider provider) throws SSLException {
        return TlsConfig.client(TlsSetup.clientBuilder(provider).build()).withServerName(TlsSetup.SERVER_NAME);
    }

    private static SslContextBuilder withProtocols(SslContextBuilder context, String... alpn) {
        return context.applicationProtocolConfig(
                alpn.length == 0
                        ? ApplicationProtocolConfig.DISABLED
                        : new ApplicationProtocolConfig(
                                Protocol.ALPN,
                                SelectorFailureBehavior.NO_ADVERTISE,
                                SelectedListenerFailureBehavior.ACCEPT,
                                alpn));
    }

    static List<Arguments> badServers() {
        List<Arguments> all = new ArrayList<>();
        for (SslProvider provider : TlsSetup.providers()) {
            all.add(Arguments.of(provider, TlsSetup.FOREIGN_SERVER, SignatureException.class));
            all.add(Arguments.of(provider, TlsSetup.EXPIRED_SERVER, CertificateExpiredException.class));
            all.add(Arguments.of(provider, TlsSetup.OTHER_SERVER, CertificateException.class));
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("badServers")
    void shouldNotTrustABadCertificate(SslProvider provider, X509Bundle certificate, Class<? extends Throwable> reason)
            throws Exception {
        listen(TlsConfig.server(TlsSetup.server(provider, certificate)), 1);
        assertThat(connectFailure(trustingClient(provider)))
                .isInstanceOf(SSLHandshakeException.class)
                .rootCause()
                .isInstanceOf(reason)
                .satisfies(root -> assertThat(message).contains(root.getMessage()));
    }

    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldTakeAnyTrustedNameIfToldTo(SslProvider provider) throws Exception {
        listen(TlsConfig.server(TlsSetup.server(provider, TlsSetup.OTHER_SERVER)), 2);
        peers.connect(peers.clientBootstrap(client)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        SubflowTransport.ofEventLoop()
                                .withTls(trustingClient(provider).withoutHostNameVerification())));
        client.send(1_000, 1_000);
        client.awaitReceived(1_000);
    }

    static List<Arguments> badClients() {
        List<Arguments> all = new ArrayList<>();
        for (SslProvider provider : TlsSetup.providers()) {
            for (String version : List.of("TLSv1.3", "TLSv1.2")) {
                for (boolean foreign : new boolean[] {true, false}) {
                    all.add(Arguments.of(provider, version, foreign));
                }
            }
        }
        return all;
    }

    /** With TLS 1.3 a client is done before the server has seen its certificate: the alert comes afterwards. */
    @ParameterizedTest(name = "{0} {1}, with a foreign certificate: {2}")
    @MethodSource("badClients")
    void shouldRefuseClientsWithoutAGoodCertificate(SslProvider provider, String version, boolean foreign)
            throws Exception {
        listen(TlsSetup.mutualServer(provider), 1);
        SslContextBuilder context = TlsSetup.clientBuilder(provider).protocols(version);
        if (foreign) {
            X509Bundle certificate = TlsSetup.FOREIGN_CLIENT;
            context.keyManager(certificate.getKeyPair().getPrivate(), certificate.getCertificatePath());
        }
        assertThat(connectFailure(TlsConfig.client(context.build()).withServerName(TlsSetup.SERVER_NAME)))
                .isInstanceOf(SSLException.class)
                .hasMessageMatching("(?i).*(alert|certificate).*");
    }

    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldFailPlainClientsOfATlsServer(SslProvider provider) throws Exception {
        listen(TlsConfig.server(TlsSetup.server(provider, TlsSetup.SERVER)), 1);
        // An alert, if the server sends one, is no preface.
        assertThat(connectFailure(null))
                .isInstanceOfAny(UnexpectedVersionException.class, ClosedChannelException.class);
    }

    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldFailTlsClientsOfAPlainServer(SslProvider provider) throws Exception {
        listen(null, 1);
        assertThat(connectFailure(trustingClient(provider))).isInstanceOf(SSLHandshakeException.class);
    }

    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldRefuseServersOfOtherProtocols(SslProvider provider) throws Exception {
        for (String[] protocols : new String[][] {{}, {"h2"}}) {
            SslContext context = withProtocols(TlsSetup.serverBuilder(provider, TlsSetup.SERVER), protocols)
                    .build();
            try (Peers others = new Peers(TestTransport.NIO)) {
                others.listen(
                        others.serverBootstrap(Echo::new)
                                .option(
                                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                                        Peers.tracking(others.serverSubflows).withTls(TlsConfig.server(context))),
                        1);
                Path path = others.server().localAddress().paths().get(0);
                assertThat(connectFailure(
                                trustingClient(provider), (InetSocketAddress) path.remote(), Waiting.PATIENCE))
                        .isInstanceOf(SSLHandshakeException.class)
                        .hasMessage("the peer did not agree on the protocol multipath/0");
                others.awaitNothingLeft();
                assertThat(others.acceptedSessions()).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldRefuseClientsOfOtherProtocols(SslProvider provider) throws Exception {
        listen(TlsConfig.server(TlsSetup.server(provider, TlsSetup.SERVER)), 1);
        for (String[] protocols : new String[][] {{}, {"h2"}}) {
            SslContext context =
                    withProtocols(TlsSetup.clientBuilder(provider), protocols).build();
            // Nothing is wrong with TLS: the server just closes.
            assertThat(connectFailure(TlsConfig.client(context).withServerName(TlsSetup.SERVER_NAME)))
                    .isInstanceOf(ClosedChannelException.class)
                    .hasMessageContaining("with TLS as here?");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldDoWithoutAlpnIfToldTo(SslProvider provider) throws Exception {
        listen(TlsConfig.server(TlsSetup.server(provider, TlsSetup.SERVER)).withOptionalAlpn(), 2);
        SslContext context = withProtocols(TlsSetup.clientBuilder(provider)).build();
        peers.connect(peers.clientBootstrap(client)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        SubflowTransport.ofEventLoop()
                                .withTls(TlsConfig.client(context).withServerName(TlsSetup.SERVER_NAME))));
        client.send(1_000, 1_000);
        client.awaitReceived(1_000);
    }

    private enum Rudeness {
        CLOSES_AT_ONCE,
        CLOSES_AFTER_THE_HELLO,
        RESETS,
        SAYS_NOTHING
    }

    @ParameterizedTest
    @EnumSource
    void shouldFailWhenThePeerLeavesTheHandshake(Rudeness rudeness) throws Exception {
        ExecutorService server = Executors.newSingleThreadExecutor();
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.submit(() -> {
                try (Socket socket = listener.accept()) {
                    switch (rudeness) {
                        case CLOSES_AT_ONCE -> {}
                        case CLOSES_AFTER_THE_HELLO -> socket.getInputStream().read(new byte[16 << 10]);
                        case RESETS -> {
                            socket.getInputStream().read();
                            socket.setSoLinger(true, 0);
                        }
                        case SAYS_NOTHING -> socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                    }
                }
                return null;
            });
            Throwable cause = connectFailure(
                    trustingClient(SslProvider.JDK),
                    (InetSocketAddress) listener.getLocalSocketAddress(),
                    rudeness == Rudeness.SAYS_NOTHING ? Duration.ofMillis(500) : Waiting.PATIENCE);
            assertThat(cause)
                    .isInstanceOf(
                            rudeness == Rudeness.SAYS_NOTHING
                                    ? ConnectTimeoutException.class
                                    : SSLHandshakeException.class);
        } finally {
            server.shutdown();
        }
    }

    /** The server's limit covers the TLS handshake, and what is not TLS is let go at once. */
    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldLetGoOfClientsThatDoNotShakeHands(SslProvider provider) throws Exception {
        peers.listen(
                peers.serverBootstrap(Echo::new)
                        .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Duration.ofMillis(300))
                        .option(
                                MultipathChannelOption.SUBFLOW_TRANSPORT,
                                Peers.tracking(peers.serverSubflows).withTls(TlsSetup.mutualServer(provider))),
                1);
        InetSocketAddress address =
                (InetSocketAddress) peers.server().localAddress().paths().get(0).remote();
        // Nothing, the beginning of a hello, and a preface.
        for (byte[] bytes : new byte[][] {{}, {22, 3, 1, 1, 0, 1}, new byte[17]}) {
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.setSoTimeout((int) Waiting.PATIENCE.toMillis());
                socket.getOutputStream().write(bytes);
                assertThat(endOf(socket)).isTrue();
            }
            peers.awaitNothingLeft();
        }
    }

    private static boolean endOf(Socket socket) {
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            // Reset: an end, too.
            return true;
        }
    }

    /** The certificate is right on one path only: that is a session with one path. */
    @ParameterizedTest
    @MethodSource("dev.multipath.channel.TlsSetup#providers")
    void shouldGoOnWithThePathsWhoseHandshakesWork(SslProvider provider) throws Exception {
        listen(TlsConfig.server(TlsSetup.server(provider, TlsSetup.SERVER)), 2);
        List<Path> paths = peers.server().localAddress().paths();
        TlsConfig tls = TlsConfig.client(TlsSetup.clientBuilder(provider).build())
                .withServerNames(remote -> remote.equals(paths.get(0).remote()) ? "wrong.test" : TlsSetup.SERVER_NAME);
        peers.clientBootstrap(client)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        Peers.tracking(peers.clientSubflows).withTls(tls))
                .option(MultipathChannelOption.MAX_REDIAL_DELAY, Duration.ofMillis(50))
                .connect(MultipathAddress.of(
                        Path.of("bad", paths.get(0).remote()),
                        Path.of("good", paths.get(1).remote())))
                .sync();
        client.send(1_000_000, 10_000);
        client.awaitReceived(1_000_000);
        // It is tried again, and that does no harm.
        eventually().until(() -> stats("bad").failures() >= 3);
        assertThat(stats("bad").state()).isEqualTo(PathState.DOWN);
        assertThat(stats("good").state()).isEqualTo(PathState.ACTIVE);
        client.send(1_000_000, 10_000);
        client.awaitReceived(2_000_000);
        client.channel().close().sync();
        peers.awaitNothingLeft();
        assertThat(client.exceptions()).isEmpty();
    }

    private PathStats stats(String label) {
        return client.session().stats().paths().stream()
                .filter(path -> path.label().equals(label))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldNotVerifyWithoutAName() throws Exception {
        try (Peers local = new Peers(TestTransport.LOCAL)) {
            local.listen(
                    local.serverBootstrap(Echo::new)
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    Peers.tracking(local.serverSubflows)
                                            .withTls(TlsSetup.mutualServer(SslProvider.JDK))),
                    1);
            TlsConfig tls =
                    TlsConfig.client(TlsSetup.clientBuilder(SslProvider.JDK).build());
            AllPathsFailedException e =
                    catchThrowableOfType(AllPathsFailedException.class, () -> local.clientBootstrap(client)
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    Peers.tracking(local.clientSubflows).withTls(tls))
                            .connect(local.server().localAddress())
                            .sync());
            assertThat(e.getSuppressed()[0].getCause())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no name");
        }
    }
}
