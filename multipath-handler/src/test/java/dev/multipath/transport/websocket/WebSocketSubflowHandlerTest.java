package dev.multipath.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketSubflowHandlerTest {

    private final WebSocketSubflowHandler handler = new WebSocketSubflowHandler();
    private final EmbeddedChannel channel = new EmbeddedChannel(handler);

    @AfterEach
    void release() {
        channel.releaseInbound();
        channel.releaseOutbound();
    }

    private void open() {
        channel.pipeline().fireUserEventTriggered(ClientHandshakeStateEvent.HANDSHAKE_COMPLETE);
        assertThat(handler.ready().isSuccess()).isTrue();
    }

    private static ByteBuf bytes(int count) {
        return Unpooled.buffer(count).writeZero(count);
    }

    @Test
    void shouldDivideAndJoinAsItComes() {
        open();
        int large = 2 * WebSocketSubflowHandler.MAX_SENT_BYTES + 1;
        channel.writeOutbound(bytes(large), bytes(10));
        int sum = 0;
        for (BinaryWebSocketFrame frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
            assertThat(frame.content().readableBytes()).isBetween(1, WebSocketSubflowHandler.MAX_SENT_BYTES);
            sum += frame.content().readableBytes();
            frame.release();
        }
        assertThat(sum).isEqualTo(large + 10);
        channel.writeInbound(new BinaryWebSocketFrame(false, 0, bytes(5)), new ContinuationWebSocketFrame(bytes(6)));
        ByteBuf first = channel.readInbound();
        ByteBuf second = channel.readInbound();
        assertThat(first.readableBytes() + second.readableBytes()).isEqualTo(11);
        first.release();
        second.release();
    }

    @Test
    void shouldCloseInOrderBehindWhatIsWritten() {
        open();
        channel.writeOutbound(Unpooled.EMPTY_BUFFER);
        assertThat(channel.<ByteBuf>readOutbound().isReadable()).isFalse();
        channel.writeOutbound(bytes(1));
        handler.endWithTheNextEmptyBuffer();
        channel.writeOutbound(Unpooled.EMPTY_BUFFER);
        channel.<BinaryWebSocketFrame>readOutbound().release();
        CloseWebSocketFrame close = channel.readOutbound();
        assertThat(close.statusCode()).isEqualTo(WebSocketCloseStatus.NORMAL_CLOSURE.code());
        close.release();
        channel.close();
        channel.checkException();
    }

    @Test
    void shouldAnswerAClose() {
        open();
        channel.writeInbound(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
        CloseWebSocketFrame answer = channel.readOutbound();
        assertThat(answer.statusCode()).isEqualTo(WebSocketCloseStatus.NORMAL_CLOSURE.code());
        answer.release();
        assertThat(channel.isOpen()).isFalse();
        channel.checkException();
    }

    /** Of a proxy that restarts, say; or without any. */
    @ParameterizedTest
    @ValueSource(ints = {1001, 1006, 1011})
    void shouldTakeAnotherCloseForACut(int status) {
        open();
        channel.pipeline()
                .fireChannelRead(
                        new CloseWebSocketFrame(true, 0, Unpooled.buffer().writeShort(status)));
        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(channel::checkException)
                .isInstanceOf(WebSocketTruncatedException.class)
                .hasMessageContaining(String.valueOf(status));
    }

    @Test
    void shouldTakeAnEndWithoutACloseForACut() {
        open();
        channel.pipeline().fireChannelInactive();
        assertThatThrownBy(channel::checkException).isInstanceOf(WebSocketTruncatedException.class);
    }

    @Test
    void shouldRefuseText() {
        open();
        channel.pipeline().fireChannelRead(new TextWebSocketFrame("hello"));
        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(channel::checkException).isInstanceOf(CorruptedWebSocketFrameException.class);
    }

    @Test
    void shouldRefuseOtherRequests() {
        DefaultFullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/other");
        channel.writeInbound(request);
        FullHttpResponse response = channel.readOutbound();
        assertThat(response.status()).isEqualTo(HttpResponseStatus.NOT_FOUND);
        response.release();
        assertThat(request.refCnt()).isZero();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldFailIfTheHandshakeDoes() {
        IllegalStateException cause = new IllegalStateException("no");
        channel.pipeline().fireExceptionCaught(cause);
        assertThat(handler.ready().cause()).isSameAs(cause);
        assertThatThrownBy(channel::checkException).isSameAs(cause);
        EmbeddedChannel lost = new EmbeddedChannel();
        WebSocketSubflowHandler waiting = new WebSocketSubflowHandler();
        lost.pipeline().addLast(waiting);
        lost.close();
        assertThat(waiting.ready().isDone()).isTrue();
        assertThat(waiting.ready().isSuccess()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://a/",
                "a:1",
                "ws:///x",
                "ws://a:0/",
                "wss://a:65536/",
                "ws://u@a/",
                "ws://a/#x",
                "ws://a b/"
            })
    void shouldRefuseWhatIsNoAddress(String text) {
        assertThatThrownBy(() -> WebSocketAddress.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldReadAddresses() {
        assertThat(WebSocketAddress.of("ws://example.org").server()).hasToString("example.org/<unresolved>:80");
        WebSocketAddress secure = WebSocketAddress.of("wss://[::1]:8443/x?y=z");
        assertThat(secure.isSecure()).isTrue();
        assertThat(secure.server().getHostString()).isEqualTo("::1");
        assertThat(secure.server().getPort()).isEqualTo(8443);
        assertThat(WebSocketAddress.of("wss://example.org/").server().getPort()).isEqualTo(443);
        assertThat(secure)
                .isEqualTo(WebSocketAddress.of(secure.toString()))
                .hasSameHashCodeAs(WebSocketAddress.of(secure.toString()))
                .isNotEqualTo(WebSocketAddress.of("wss://[::1]:8443/"));
    }
}
