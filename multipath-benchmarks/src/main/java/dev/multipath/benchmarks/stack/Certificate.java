package dev.multipath.benchmarks.stack;

import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import javax.net.ssl.SSLException;

/** TLS by BoringSSL, for one run; who is at the other end is known. */
public final class Certificate {

    private static final X509Bundle BUNDLE = bundle();

    private Certificate() {}

    private static X509Bundle bundle() {
        try {
            return new CertificateBuilder()
                    .subject("CN=localhost")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException("no certificate can be made", e);
        }
    }

    static SslContext server() throws SSLException {
        return SslContextBuilder.forServer(BUNDLE.getKeyPair().getPrivate(), BUNDLE.getCertificatePath())
                .sslProvider(SslProvider.OPENSSL)
                .build();
    }

    /** {@return a server's, for QUIC} */
    public static TlsConfig quicServer() {
        return TlsConfig.server(QuicTransport.prepare(QuicSslContextBuilder.forServer(
                        BUNDLE.getKeyPair().getPrivate(), null, BUNDLE.getCertificatePath()))
                .build());
    }

    /** {@return a client's, for QUIC} */
    public static TlsConfig quicClient() {
        return TlsConfig.client(QuicTransport.prepare(QuicSslContextBuilder.forClient())
                        .trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .endpointIdentificationAlgorithm(null)
                        .build())
                .withoutHostNameVerification();
    }

    static SslContext client() throws SSLException {
        return SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .build();
    }
}
