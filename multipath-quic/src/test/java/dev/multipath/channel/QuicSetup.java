package dev.multipath.channel;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.pkitesting.X509Bundle;
import java.util.function.Supplier;

/** QUIC with the certificates of {@link TlsSetup}. */
final class QuicSetup {

    private QuicSetup() {}

    /** Skips the test, with the reason, where QUIC is not. */
    static void assumeAvailable() {
        assumeTrue(Quic.isAvailable(), () -> "no QUIC: " + Quic.unavailabilityCause());
    }

    static QuicSslContextBuilder clientBuilder() {
        assumeAvailable();
        return QuicTransport.prepare(QuicSslContextBuilder.forClient())
                .trustManager(TlsSetup.AUTHORITY.getCertificate());
    }

    static QuicSslContextBuilder serverBuilder(X509Bundle certificate) {
        assumeAvailable();
        return QuicTransport.prepare(QuicSslContextBuilder.forServer(
                        certificate.getKeyPair().getPrivate(), null, certificate.getCertificatePath()))
                .trustManager(TlsSetup.AUTHORITY.getCertificate());
    }

    static TlsConfig clientTls() {
        return TlsConfig.client(clientBuilder().build()).withServerName(TlsSetup.SERVER_NAME);
    }

    static TlsConfig serverTls() {
        return TlsConfig.server(serverBuilder(TlsSetup.SERVER).build());
    }

    static TlsConfig mutualClientTls(X509Bundle certificate) {
        return TlsConfig.client(clientBuilder()
                        .keyManager(certificate.getKeyPair().getPrivate(), null, certificate.getCertificatePath())
                        .build())
                .withServerName(TlsSetup.SERVER_NAME);
    }

    static TlsConfig mutualServerTls() {
        return TlsConfig.server(
                serverBuilder(TlsSetup.SERVER).clientAuth(ClientAuth.REQUIRE).build());
    }

    static QuicTransport client() {
        return QuicTransport.of(clientTls());
    }

    static QuicTransport server() {
        return QuicTransport.of(serverTls());
    }

    /** As {@link Peers#tracking}. */
    static SubflowTransport tracking(SubflowTransport transport, ChannelGroup group) {
        return transport.withInitializer(group::add);
    }

    static ServerBootstrap serverBootstrap(
            Peers peers, Supplier<? extends Recorder> application, SubflowTransport transport) {
        return peers.serverBootstrap(application)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, tracking(transport, peers.serverSubflows));
    }

    static Bootstrap clientBootstrap(Peers peers, Recorder application, SubflowTransport transport) {
        return peers.clientBootstrap(application)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, tracking(transport, peers.clientSubflows));
    }
}
