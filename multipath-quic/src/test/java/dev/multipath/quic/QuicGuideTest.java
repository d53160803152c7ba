package dev.multipath.quic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicCongestionControlAlgorithm;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;

/** The guide's piece of code about QUIC, as it stands there. */
class QuicGuideTest {

    private final Bootstrap bootstrap = new Bootstrap();

    @Test
    void shouldMakeTransports() throws Exception {
        assumeTrue(Quic.isAvailable(), () -> "no QUIC: " + Quic.unavailabilityCause());
        X509Certificate ca = new CertificateBuilder()
                .subject("CN=ca")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned()
                .getCertificate();
        TlsConfig tlsForTcp = TlsConfig.client(TlsConfig.prepare(SslContextBuilder.forClient())
                .trustManager(ca)
                .build());
        TlsConfig tls = TlsConfig.client(QuicTransport.prepare(QuicSslContextBuilder.forClient())
                .trustManager(ca)
                .build());
        QuicTransport quic = QuicTransport.of(tls)
                .withOptions(QuicOptions.DEFAULT.withCongestionControl(QuicCongestionControlAlgorithm.BBR));
        SubflowTransport tcp = SubflowTransport.ofEventLoop().withTls(tlsForTcp);

        bootstrap.option(MultipathChannelOption.SUBFLOW_TRANSPORT, quic); // QUIC only
        bootstrap.option(MultipathChannelOption.SUBFLOW_TRANSPORT, quic.alongside(tcp)); // by the path's address
        bootstrap.option(MultipathChannelOption.SUBFLOW_TRANSPORT, quic.preferredTo(tcp)); // QUIC raced against TCP
        assertThat(bootstrap.config().options())
                .extractingByKey(MultipathChannelOption.SUBFLOW_TRANSPORT)
                .isInstanceOf(QuicAlongside.class);
    }
}
