package dev.multipath.testsuite.kill;

import dev.multipath.transport.TlsConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.util.EnumMap;
import java.util.Map;

/** The certificate of a run, and contexts with it. */
final class Tls {

    private static final String NAME = "kill.test";

    private final Map<Plan.Tls, SslContext> servers = new EnumMap<>(Plan.Tls.class);
    private final Map<Plan.Tls, SslContext> clients = new EnumMap<>(Plan.Tls.class);
    private final X509Bundle certificate;

    Tls() throws Exception {
        certificate = new CertificateBuilder()
                .subject("CN=" + NAME)
                .addSanDnsName(NAME)
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
    }

    synchronized SslContext server(Plan.Tls tls) {
        return servers.computeIfAbsent(
                tls,
                key -> build(
                        key,
                        SslContextBuilder.forServer(
                                certificate.getKeyPair().getPrivate(), certificate.getCertificatePath())));
    }

    synchronized TlsConfig client(Plan.Tls tls) {
        SslContext context = clients.computeIfAbsent(
                tls, key -> build(key, SslContextBuilder.forClient().trustManager(certificate.getCertificate())));
        return TlsConfig.client(context).withServerName(NAME);
    }

    private static SslContext build(Plan.Tls tls, SslContextBuilder builder) {
        try {
            return TlsConfig.prepare(builder)
                    .sslProvider(tls == Plan.Tls.JDK ? SslProvider.JDK : SslProvider.OPENSSL)
                    .build();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
