package dev.multipath.examples.stacks;

import static dev.multipath.examples.stacks.TwoPaths.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.stream.EchoHandler;
import dev.multipath.testing.OneIn;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** WebSocket: every kind of frame comes back, whole and in its place, though the path dies on the way. */
class WebSocketTest {

    /** So many frames are of different kinds. */
    private static final int ROUND = 7;

    /** What has come back before the path dies. */
    private static final int FRAMES_BEFORE = 20;

    private static final int MAX_HTTP_BYTES = 8 << 10;

    /** A text of two-byte characters, a binary message, and each fragment of another have so many bytes. */
    private static final int PAYLOAD_BYTES = 12 << 10;

    /** Slow: with paranoid leak detection the masking of each frame, word by word, takes milliseconds. */
    private static final PathSettings FAST = PathSettings.ofMbit(8, Duration.ofMillis(5));

    private static final PathSettings SLOW = PathSettings.ofMbit(6, Duration.ofMillis(15));

    @OneIn(2)
    @ParameterizedTest
    @EnumSource
    void shouldEchoEveryKindOfFrameInOrderWhenAPathDies(TwoPaths.Death death) throws Exception {
        Client echoes = new Client();
        try (TwoPaths paths = TwoPaths.connect(
                FAST,
                SLOW,
                server -> server.addLast(
                        new HttpServerCodec(),
                        new HttpObjectAggregator(MAX_HTTP_BYTES),
                        new WebSocketServerProtocolHandler(WebSocketServerProtocolConfig.newBuilder()
                                .websocketPath("/echo")
                                .build()),
                        new EchoHandler()),
                client -> client.addLast(
                        new HttpClientCodec(),
                        new HttpObjectAggregator(MAX_HTTP_BYTES),
                        new WebSocketClientProtocolHandler(WebSocketClientProtocolConfig.newBuilder()
                                .webSocketUri("ws://localhost/echo")
                                .handleCloseFrames(false)
                                .dropPongFrames(false)
                                .build()),
                        echoes))) {
            echoes.start(paths.client());
            eventually().until(() -> echoes.received > FRAMES_BEFORE || echoes.failure != null);

            paths.kill(death);
            paths.revive(death);

            echoes.finish();
            eventually().until(() -> echoes.isComplete() || echoes.failure != null);
            assertThat(echoes.failure).isNull();
            paths.client()
                    .writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE, "enough"))
                    .sync();
            // The server's answer, after which it closes.
            paths.awaitEnd();
            assertThat(echoes.failure).isNull();
            assertThat(echoes.closeReason).isEqualTo("1000 enough");
        }
    }

    /**
     * The frames, by number: a text, a binary message, one in three fragments with a ping inside, another ping. The same
     * number makes the same frame.
     */
    private static WebSocketFrame frame(int number) {
        return switch (number % ROUND) {
            case 0 -> new TextWebSocketFrame(number + "é".repeat(PAYLOAD_BYTES / 2));
            case 1 -> new BinaryWebSocketFrame(Unpooled.wrappedBuffer(random(number)));
            case 2 -> new BinaryWebSocketFrame(false, 0, Unpooled.wrappedBuffer(random(number)));
            case 3 -> new ContinuationWebSocketFrame(false, 0, Unpooled.wrappedBuffer(random(number)));
            case 4, 6 -> new PingWebSocketFrame(Unpooled.copyInt(number));
            default -> new ContinuationWebSocketFrame(true, 0, Unpooled.wrappedBuffer(random(number)));
        };
    }

    private static byte[] random(int seed) {
        byte[] bytes = new byte[PAYLOAD_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Sends frames until it is told to finish, and compares each that comes with the one that was sent. */
    private static final class Client extends SimpleChannelInboundHandler<WebSocketFrame> {
        private final CompletableFuture<Void> handshake = new CompletableFuture<>();
        private Channel channel;
        private volatile boolean finished;
        private volatile int sent;
        private volatile int received;
        private volatile String closeReason;
        private volatile Throwable failure;

        void start(Channel over) {
            handshake.thenRun(() -> over.eventLoop().execute(() -> {
                channel = over;
                send();
            }));
        }

        /** After the round that was begun: not in the middle of a fragmented message. */
        void finish() {
            channel.eventLoop().execute(() -> {
                finished = true;
                send();
            });
        }

        boolean isComplete() {
            return finished && sent % ROUND == 0 && received == sent;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
                handshake.complete(null);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (channel != null) {
                send();
            }
        }

        private void send() {
            while ((!finished || sent % ROUND != 0) && channel.isWritable()) {
                channel.writeAndFlush(frame(sent++));
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame actual) {
            if (actual instanceof CloseWebSocketFrame close) {
                closeReason = close.statusCode() + " " + close.reasonText();
                return;
            }
            WebSocketFrame expected = frame(received);
            try {
                assertThat(actual)
                        .as("frame %d", received)
                        .isInstanceOf(
                                expected instanceof PingWebSocketFrame
                                        ? PongWebSocketFrame.class
                                        : expected.getClass());
                assertThat(actual.isFinalFragment()).isEqualTo(expected.isFinalFragment());
                assertThat(ByteBufUtil.equals(actual.content(), expected.content()))
                        .as("content of frame %d", received)
                        .isTrue();
            } finally {
                expected.release();
            }
            received = received + 1;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failure = cause;
            ctx.close();
        }
    }
}
