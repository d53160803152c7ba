package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.quic.Cuts;
import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.X509Bundle;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Who is let in over QUIC, and how it is said who is not. */
class QuicTlsTest {

    @BeforeEach
    void needQuic() {
        QuicSetup.assumeAvailable();
    }

    @Test
    void shouldAskClientsForTheirCertificates() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(QuicSetup.serverBootstrap(peers, Echo::new, QuicTransport.of(QuicSetup.mutualServerTls())), 2);
            Recorder client = new Recorder();
            peers.connect(QuicSetup.clientBootstrap(
                    peers, client, QuicTransport.of(QuicSetup.mutualClientTls(TlsSetup.CLIENT))));
            client.send(1_000_000, 10_000);
            client.awaitReceived(1_000_000);
            assertThat(Cuts.connection(peers.accepted().firstSubflow())
                            .sslEngine()
                            .getSession()
                            .getPeerCertificates()[0])
                    .isEqualTo(TlsSetup.CLIENT.getCertificate());
        }
    }

    /** Each with its own certificate, which a client asks for by the name in its hello. */
    @Test
    void shouldAnswerWithTheCertificateOfTheName() throws Exception {
        Map<String, QuicSslContext> contexts = Map.of(
                TlsSetup.SERVER_NAME,
                QuicSetup.serverBuilder(TlsSetup.SERVER).build(),
                "other.test",
                QuicSetup.serverBuilder(TlsSetup.OTHER_SERVER).build());
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Echo::new, QuicTransport.of(TlsConfig.server(contexts::get))), 1);
            for (String name : contexts.keySet()) {
                Recorder client = new Recorder();
                TlsConfig tls =
                        TlsConfig.client(QuicSetup.clientBuilder().build()).withServerName(name);
                peers.connect(QuicSetup.clientBootstrap(peers, client, QuicTransport.of(tls)));
                X509Certificate shown = (X509Certificate) Cuts.connection(client.firstSubflow())
                        .sslEngine()
                        .getSession()
                        .getPeerCertificates()[0];
                assertThat(shown.getSubjectX500Principal().getName()).isEqualTo("CN=" + name);
            }
        }
    }

    /** By its address, which is in the certificate; there is no name in the hello then. */
    @Test
    void shouldVerifyAnAddress() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(QuicSetup.serverBootstrap(peers, Echo::new, QuicSetup.server()), 1);
            Recorder client = new Recorder();
            TlsConfig tls = TlsConfig.client(QuicSetup.clientBuilder().build()).withServerName("127.0.0.1");
            peers.connect(QuicSetup.clientBootstrap(peers, client, QuicTransport.of(tls)));
            client.send(1000, 1000);
            client.awaitReceived(1000);
        }
    }

    static List<Arguments> wrongCertificates() {
        return new ArrayList<>(List.of(
                Arguments.of("another name", TlsSetup.OTHER_SERVER),
                Arguments.of("another authority", TlsSetup.FOREIGN_SERVER),
                Arguments.of("expired", TlsSetup.EXPIRED_SERVER)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongCertificates")
    void shouldRefuseAServerWithAWrongCertificate(String what, X509Bundle certificate) throws Exception {
        TlsConfig server = TlsConfig.server(QuicSetup.serverBuilder(certificate).build());
        shouldFail(server, QuicSetup.clientTls(), "CERTIFICATE_VERIFY_FAILED");
    }

    @Test
    void shouldRefuseAClientWithoutACertificate() throws Exception {
        shouldFail(QuicSetup.mutualServerTls(), QuicSetup.clientTls(), "certificate_required");
    }

    @Test
    void shouldRefuseAClientOfAnotherAuthority() throws Exception {
        shouldFail(QuicSetup.mutualServerTls(), QuicSetup.mutualClientTls(TlsSetup.FOREIGN_CLIENT), "alert");
    }

    /** It would not be asked for: nobody may come in by that. */
    @Test
    void shouldRefuseToAskForCertificatesByName() throws Exception {
        QuicSslContext asking = QuicSetup.serverBuilder(TlsSetup.SERVER)
                .clientAuth(ClientAuth.REQUIRE)
                .build();
        shouldFail(TlsConfig.server(name -> asking), QuicSetup.mutualClientTls(TlsSetup.CLIENT), "alert");
    }

    @Test
    void shouldRefuseAnotherProtocol() throws Exception {
        TlsConfig client = TlsConfig.client(QuicSslContextBuilder.forClient()
                        .applicationProtocols("h3")
                        .trustManager(TlsSetup.AUTHORITY.getCertificate())
                        .build())
                .withServerName(TlsSetup.SERVER_NAME);
        shouldFail(QuicSetup.serverTls(), client, "no_application_protocol");
    }

    private static void shouldFail(TlsConfig server, TlsConfig client, String words) throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            // Longer than this test waits: the server has to be told.
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Recorder::new, QuicTransport.of(server))
                            .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Waiting.PATIENCE.multipliedBy(2)),
                    1);
            Throwable failure = QuicSetup.clientBootstrap(peers, new Recorder(), QuicTransport.of(client))
                    .connect(peers.server().localAddress())
                    .await()
                    .cause();
            assertThat(failure).isNotNull();
            Throwable cause = failure.getSuppressed()[0].getCause();
            assertThat(cause).isInstanceOf(SSLException.class);
            assertThat(cause.getMessage()).containsPattern(words);
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldRefuseASetupThatMeansTwoThings() {
        TlsConfig client = TlsConfig.client(QuicSetup.clientBuilder().build()).withoutHostNameVerification();
        assertThatThrownBy(() -> QuicTransport.of(client))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("endpointIdentificationAlgorithm");
        QuicSslContext careless =
                QuicSetup.clientBuilder().endpointIdentificationAlgorithm(null).build();
        assertThatThrownBy(() -> QuicTransport.of(TlsConfig.client(careless)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("withoutHostNameVerification");
        assertThatThrownBy(() -> QuicTransport.of(TlsConfig.client(
                        TlsConfig.prepare(SslContextBuilder.forClient()).build())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("QuicSslContext");
    }

    @Test
    void shouldTakeAnyNameIfAsked() throws Exception {
        QuicSslContext careless =
                QuicSetup.clientBuilder().endpointIdentificationAlgorithm(null).build();
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(
                            peers,
                            Echo::new,
                            QuicTransport.of(TlsConfig.server(QuicSetup.serverBuilder(TlsSetup.OTHER_SERVER)
                                    .build()))),
                    1);
            Recorder client = new Recorder();
            peers.connect(QuicSetup.clientBootstrap(
                    peers, client, QuicTransport.of(TlsConfig.client(careless).withoutHostNameVerification())));
            client.send(1000, 1000);
            client.awaitReceived(1000);
        }
    }
}
