package dev.multipath.examples.stacks;

import static dev.multipath.examples.stacks.TwoPaths.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.stream.EchoHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TLS from end to end: one encrypted stream over both paths, which authenticates every byte and its own end. */
class TlsTest {

    private static final int BODY_BYTES = 12 << 20;
    private static final int WRITE_BYTES = 20_000;
    private static final String PASSWORD = "changeit";

    private static final PathSettings FAST = PathSettings.ofMbit(40, Duration.ofMillis(5));
    private static final PathSettings SLOW = PathSettings.ofMbit(30, Duration.ofMillis(15));

    private static KeyManagerFactory serverKey;
    private static X509Certificate certificate;

    /** Java's own tool makes a certificate on every JDK; its classes for that are not open to others. */
    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("server.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-validity",
                        "30",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor()).as(output).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream stored = Files.newInputStream(file)) {
            store.load(stored, PASSWORD.toCharArray());
        }
        serverKey = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        serverKey.init(store, PASSWORD.toCharArray());
        certificate = (X509Certificate) store.getCertificate("server");
    }

    @ParameterizedTest
    @CsvSource({"JDK, BLACKHOLE", "JDK, REFUSAL", "OPENSSL, BLACKHOLE", "OPENSSL, REFUSAL"})
    void shouldEchoAStreamUnderTlsWhenAPathDies(SslProvider provider, TwoPaths.Death death) throws Exception {
        assumeThat(provider == SslProvider.JDK || OpenSsl.isAvailable()).isTrue();
        SslContext serverTls =
                SslContextBuilder.forServer(serverKey).sslProvider(provider).build();
        SslContext clientTls = SslContextBuilder.forClient()
                .sslProvider(provider)
                .trustManager(certificate)
                .build();
        Client echoes = new Client();
        CloseWatch closeWatch = new CloseWatch();
        try (TwoPaths paths = TwoPaths.connect(
                FAST,
                SLOW,
                server -> server.addLast(serverTls.newHandler(server.channel().alloc()), closeWatch, new EchoHandler()),
                client -> client.addLast(clientTls.newHandler(client.channel().alloc(), "localhost", 443), echoes))) {
            eventually().until(() -> echoes.receivedBytes > BODY_BYTES / 8 || echoes.failure != null);

            paths.kill(death);
            assertThat(echoes.receivedBytes).as("killed in the middle").isLessThan(BODY_BYTES);
            paths.revive(death);

            eventually().until(() -> echoes.receivedBytes == BODY_BYTES || echoes.failure != null);
            assertThat(echoes.failure).isNull();
            var session =
                    paths.client().pipeline().get(SslHandler.class).engine().getSession();
            assertThat(session.getProtocol()).isEqualTo("TLSv1.3");
            assertThat(session.getPeerCertificates()).containsExactly(certificate);
            paths.client().close().sync();
            paths.awaitEnd();
            assertThat(closeWatch.closedInOrder).as("close_notify came").isTrue();
        }
    }

    /** Sends random bytes while they can be sent, and compares what comes back. */
    private static final class Client extends SimpleChannelInboundHandler<ByteBuf> {
        private final byte[] body = new byte[BODY_BYTES];
        private int sentBytes;
        private boolean open;
        private volatile int receivedBytes;
        private volatile Throwable failure;

        Client() {
            new Random(BODY_BYTES).nextBytes(body);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
                open = true;
                send(ctx);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (open) {
                send(ctx);
            }
        }

        private void send(ChannelHandlerContext ctx) {
            while (sentBytes < BODY_BYTES && ctx.channel().isWritable()) {
                int bytes = Math.min(WRITE_BYTES, BODY_BYTES - sentBytes);
                int offset = sentBytes;
                sentBytes += bytes;
                ctx.writeAndFlush(Unpooled.wrappedBuffer(body, offset, bytes));
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
            byte[] actual = ByteBufUtil.getBytes(message);
            int end = receivedBytes + actual.length;
            assertThat(end).isLessThanOrEqualTo(BODY_BYTES);
            assertThat(Arrays.equals(actual, 0, actual.length, body, receivedBytes, end))
                    .as("the bytes before %d", end)
                    .isTrue();
            receivedBytes = end;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failure = cause;
            ctx.close();
        }
    }

    /** Sees whether the peer has ended the encrypted stream, or only its connection. */
    private static final class CloseWatch extends ChannelInboundHandlerAdapter {
        private volatile boolean closedInOrder;

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslCloseCompletionEvent close) {
                closedInOrder = close.isSuccess();
            }
            ctx.fireUserEventTriggered(event);
        }
    }
}
