package dev.multipath.examples.stacks;

import static dev.multipath.examples.stacks.TwoPaths.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.stream.EchoHandler;
import dev.multipath.examples.testing.TestCertificate;
import dev.multipath.testing.OneIn;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TLS from end to end: one encrypted stream over both paths, which authenticates every byte and its own end. */
class TlsTest {

    /** Repeated as often as it is needed; not a multiple of anything. */
    private static final int PATTERN_BYTES = 1_000_003;

    /** What is sent before the path dies. */
    private static final long BYTES_BEFORE = 2 << 20;

    private static final int WRITE_BYTES = 20_000;

    private static final PathSettings FAST = PathSettings.ofMbit(40, Duration.ofMillis(5));
    private static final PathSettings SLOW = PathSettings.ofMbit(30, Duration.ofMillis(15));

    private static TestCertificate server;

    @BeforeAll
    static void makeCertificate() throws Exception {
        server = TestCertificate.make();
    }

    @OneIn(2)
    @ParameterizedTest
    @CsvSource({"JDK, BLACKHOLE", "JDK, REFUSAL", "OPENSSL, BLACKHOLE", "OPENSSL, REFUSAL"})
    void shouldEchoAStreamUnderTlsWhenAPathDies(SslProvider provider, TwoPaths.Death death) throws Exception {
        assumeThat(provider == SslProvider.JDK || OpenSsl.isAvailable()).isTrue();
        SslContext serverTls = SslContextBuilder.forServer(server.key(), server.certificate())
                .sslProvider(provider)
                .build();
        SslContext clientTls = SslContextBuilder.forClient()
                .sslProvider(provider)
                .trustManager(server.certificate())
                .build();
        Client echoes = new Client();
        CloseWatch closeWatch = new CloseWatch();
        try (TwoPaths paths = TwoPaths.connect(
                FAST,
                SLOW,
                pipeline -> pipeline.addLast(
                        serverTls.newHandler(pipeline.channel().alloc()), closeWatch, new EchoHandler()),
                client -> client.addLast(clientTls.newHandler(client.channel().alloc(), "localhost", 443), echoes))) {
            echoes.start(paths.client());
            eventually().until(() -> echoes.receivedBytes > BYTES_BEFORE || echoes.failure != null);

            paths.kill(death);
            paths.revive(death);

            echoes.finish();
            eventually().until(() -> echoes.isComplete() || echoes.failure != null);
            assertThat(echoes.failure).isNull();
            var session =
                    paths.client().pipeline().get(SslHandler.class).engine().getSession();
            assertThat(session.getProtocol()).isEqualTo("TLSv1.3");
            assertThat(session.getPeerCertificates()).containsExactly(server.certificate());
            paths.client().close().sync();
            paths.awaitEnd();
            assertThat(closeWatch.closedInOrder).as("close_notify came").isTrue();
        }
    }

    /** Sends random bytes until it is told to finish, and compares what comes back. */
    private static final class Client extends SimpleChannelInboundHandler<ByteBuf> {
        private final byte[] pattern = new byte[PATTERN_BYTES];
        private Channel channel;
        private volatile boolean finished;
        private volatile long sentBytes;
        private volatile long receivedBytes;
        private volatile Throwable failure;

        Client() {
            new Random(PATTERN_BYTES).nextBytes(pattern);
        }

        void start(Channel over) {
            over.eventLoop().execute(() -> {
                channel = over;
                send();
            });
        }

        void finish() {
            channel.eventLoop().execute(() -> finished = true);
        }

        boolean isComplete() {
            return finished && receivedBytes == sentBytes;
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (channel != null) {
                send();
            }
        }

        private void send() {
            while (!finished && channel.isWritable()) {
                int offset = (int) (sentBytes % PATTERN_BYTES);
                int bytes = Math.min(WRITE_BYTES, PATTERN_BYTES - offset);
                sentBytes = sentBytes + bytes;
                channel.writeAndFlush(Unpooled.wrappedBuffer(pattern, offset, bytes));
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
            while (message.isReadable()) {
                int offset = (int) (receivedBytes % PATTERN_BYTES);
                byte[] actual = new byte[Math.min(message.readableBytes(), PATTERN_BYTES - offset)];
                message.readBytes(actual);
                assertThat(Arrays.equals(actual, 0, actual.length, pattern, offset, offset + actual.length))
                        .as("the bytes from %d", receivedBytes)
                        .isTrue();
                receivedBytes = receivedBytes + actual.length;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failure = cause;
            ctx.close();
        }
    }

    /**
     * Sees whether the peer has ended the encrypted stream, or only its connection. Shared, as a client that asks over
     * both paths at once may leave another session behind, which never gets as far.
     */
    @Sharable
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
