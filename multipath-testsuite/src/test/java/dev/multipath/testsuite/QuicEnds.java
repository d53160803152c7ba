package dev.multipath.testsuite;

import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;

/** QUIC for two ends of one machine, with a certificate made for this run. */
final class QuicEnds {

    private static final String NAME = "server.test";

    private static final X509Bundle CERTIFICATE = certificate();
    private static final SubflowTransport CLIENT =
            QuicTransport.of(TlsConfig.client(QuicTransport.prepare(QuicSslContextBuilder.forClient())
                            .trustManager(CERTIFICATE.getCertificate())
                            .build())
                    .withServerName(NAME));
    private static final SubflowTransport SERVER =
            QuicTransport.of(TlsConfig.server(QuicTransport.prepare(QuicSslContextBuilder.forServer(
                            CERTIFICATE.getKeyPair().getPrivate(), null, CERTIFICATE.getCertificatePath()))
                    .build()));

    private QuicEnds() {}

    private static X509Bundle certificate() {
        try {
            return new CertificateBuilder()
                    .subject("CN=" + NAME)
                    .addSanDnsName(NAME)
                    .setIsCertificateAuthority(true)
                    .ecp256()
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static SubflowTransport client() {
        return CLIENT;
    }

    static SubflowTransport server() {
        return SERVER;
    }
}
