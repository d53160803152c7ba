package dev.multipath.examples.stacks;

import static dev.multipath.examples.stacks.TwoPaths.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.examples.stacks.Wires.Kind;
import dev.multipath.examples.stream.EchoHandler;
import dev.multipath.examples.testing.TestCertificate;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.DomainWildcardMappingBuilder;
import java.security.cert.Certificate;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Netty's handlers that replace themselves once they have seen what comes: above two paths as above a socket. */
class TlsHandlersTest {

    private static final int BYTES = 1_000_000;

    private static TestCertificate one;
    private static TestCertificate other;

    @BeforeAll
    static void makeCertificates() throws Exception {
        one = TestCertificate.make();
        other = TestCertificate.make();
    }

    private static SslContext server(TestCertificate certificate) throws Exception {
        return SslContextBuilder.forServer(certificate.key(), certificate.certificate())
                .build();
    }

    private static SslContext client() throws Exception {
        return SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .build();
    }

    private static void echo(Wires wires, Consumer<ChannelPipeline> tls, Consumer<Channel> check) throws Exception {
        Trace trace = new Trace();
        Channel channel = wires.client(p -> {
                    tls.accept(p);
                    p.addLast(trace);
                })
                .connect(wires.address())
                .sync()
                .channel();
        channel.writeAndFlush(channel.alloc().buffer(BYTES).writeZero(BYTES)).sync();
        trace.awaitRead(BYTES);
        check.accept(channel);
        channel.close().sync();
        assertThat(trace.readBytes()).isEqualTo(BYTES);
        assertThat(trace.events()).noneMatch(event -> event.startsWith("exception"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldServeWithAndWithoutTls(Kind kind) throws Exception {
        SslContext serverTls = server(one);
        SslContext clientTls = client();
        try (Wires wires = new Wires(kind)) {
            wires.listen(wires.server(p -> p.addLast(new OptionalSslHandler(serverTls), new EchoHandler())));
            echo(wires, p -> {}, channel -> {});
            assertThat(wires.accepted().pipeline().get(SslHandler.class)).isNull();
            echo(wires, p -> p.addLast(clientTls.newHandler(p.channel().alloc())), channel -> {});
            Channel accepted = wires.accepted();
            eventually().until(() -> !accepted.isOpen());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldChooseTheCertificateByTheName(Kind kind) throws Exception {
        SslContext asked = server(one);
        SslContext unknown = server(other);
        SslContext clientTls = client();
        try (Wires wires = new Wires(kind)) {
            wires.listen(wires.server(p -> p.addLast(
                    new SniHandler(new DomainWildcardMappingBuilder<>(unknown)
                            .add("asked.test", asked)
                            .build()),
                    new EchoHandler())));
            echo(
                    wires,
                    p -> p.addLast(clientTls.newHandler(p.channel().alloc(), "asked.test", 443)),
                    channel -> assertThat(peerCertificate(channel)).isEqualTo(one.certificate()));
            echo(
                    wires,
                    p -> p.addLast(clientTls.newHandler(p.channel().alloc(), "unknown.test", 443)),
                    channel -> assertThat(peerCertificate(channel)).isEqualTo(other.certificate()));
        }
    }

    private static Certificate peerCertificate(Channel channel) {
        try {
            return channel.pipeline()
                    .get(SslHandler.class)
                    .engine()
                    .getSession()
                    .getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException e) {
            throw new IllegalStateException(e);
        }
    }
}
