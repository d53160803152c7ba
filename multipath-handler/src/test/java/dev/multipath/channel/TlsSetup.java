package dev.multipath.channel;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.transport.TlsConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.params.provider.Arguments;

/** Certificates made for this run, and contexts with them. */
final class TlsSetup {

    /** In the certificate; no resolver knows it. */
    static final String SERVER_NAME = "server.test";

    static final X509Bundle AUTHORITY = authority();
    static final X509Bundle FOREIGN_AUTHORITY = authority();
    static final X509Bundle SERVER = issue(server(SERVER_NAME).addSanIpAddress("127.0.0.1"), AUTHORITY);
    static final X509Bundle OTHER_SERVER = issue(server("other.test"), AUTHORITY);
    static final X509Bundle FOREIGN_SERVER = issue(server(SERVER_NAME), FOREIGN_AUTHORITY);
    static final X509Bundle EXPIRED_SERVER = issue(
            server(SERVER_NAME)
                    .notBefore(Instant.now().minus(3, ChronoUnit.DAYS))
                    .notAfter(Instant.now().minus(1, ChronoUnit.DAYS)),
            AUTHORITY);
    static final X509Bundle CLIENT = issue(client(), AUTHORITY);
    static final X509Bundle FOREIGN_CLIENT = issue(client(), FOREIGN_AUTHORITY);

    private TlsSetup() {}

    private static CertificateBuilder server(String name) {
        return new CertificateBuilder()
                .subject("CN=" + name)
                .addSanDnsName(name)
                .addExtendedKeyUsageServerAuth()
                .ecp256();
    }

    private static CertificateBuilder client() {
        return new CertificateBuilder()
                .subject("CN=client")
                .addExtendedKeyUsageClientAuth()
                .ecp256();
    }

    private static X509Bundle authority() {
        try {
            return new CertificateBuilder()
                    .subject("CN=authority")
                    .setIsCertificateAuthority(true)
                    .ecp256()
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Bundle issue(CertificateBuilder certificate, X509Bundle issuer) {
        try {
            return certificate.buildIssuedBy(issuer);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Skips the test, with the reason, where the provider is not. */
    static void assumeAvailable(SslProvider provider) {
        assumeTrue(
                provider == SslProvider.JDK || OpenSsl.isAvailable(),
                () -> "no boringssl: " + OpenSsl.unavailabilityCause());
    }

    static List<SslProvider> providers() {
        return List.of(SslProvider.JDK, SslProvider.OPENSSL);
    }

    static List<Arguments> transportsAndProviders() {
        List<Arguments> all = new ArrayList<>();
        for (TestTransport transport : TestTransport.values()) {
            providers().forEach(provider -> all.add(Arguments.of(transport, provider)));
        }
        return all;
    }

    /** Trusts the authority and shows nothing. */
    static SslContextBuilder clientBuilder(SslProvider provider) {
        assumeAvailable(provider);
        return TlsConfig.prepare(SslContextBuilder.forClient())
                .sslProvider(provider)
                .trustManager(AUTHORITY.getCertificate());
    }

    /** Asks nothing of clients. */
    static SslContextBuilder serverBuilder(SslProvider provider, X509Bundle certificate) {
        assumeAvailable(provider);
        return TlsConfig.prepare(SslContextBuilder.forServer(
                        certificate.getKeyPair().getPrivate(), certificate.getCertificatePath()))
                .sslProvider(provider)
                .trustManager(AUTHORITY.getCertificate());
    }

    static SslContext server(SslProvider provider, X509Bundle certificate) throws SSLException {
        return serverBuilder(provider, certificate).build();
    }

    /** Mutual TLS: both ends show a certificate of the authority. */
    static TlsConfig mutualServer(SslProvider provider) throws SSLException {
        return TlsConfig.server(
                serverBuilder(provider, SERVER).clientAuth(ClientAuth.REQUIRE).build());
    }

    static TlsConfig mutualClient(SslProvider provider) throws SSLException {
        return TlsConfig.client(clientBuilder(provider)
                        .keyManager(CLIENT.getKeyPair().getPrivate(), CLIENT.getCertificatePath())
                        .build())
                .withServerName(SERVER_NAME);
    }
}
