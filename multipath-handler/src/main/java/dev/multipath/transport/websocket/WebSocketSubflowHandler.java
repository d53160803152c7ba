package dev.multipath.transport.websocket;

import dev.multipath.codec.PeerText;
import dev.multipath.transport.TlsTruncatedException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.channels.ClosedChannelException;

/**
 * Stands behind Netty's WebSocket handlers: binary messages there, bytes here. Says when the WebSocket is open, and whether it
 * was ended or cut. Runs on the subflow's event loop.
 */
final class WebSocketSubflowHandler extends ChannelDuplexHandler {

    /** Of a frame that is sent: small enough that nobody on the way minds, large enough that their heads cost nothing. */
    static final int MAX_SENT_BYTES = 32 << 10;

    /** Of a frame that comes, which is collected before it is passed on; a proxy may have joined two. */
    static final int MAX_RECEIVED_BYTES = 2 * MAX_SENT_BYTES;

    private enum State {
        HANDSHAKE,
        OPEN,
        /** This end will write nothing more: the next empty buffer becomes the Close. */
        ENDING,
        /** Either end has closed, or the handshake has failed. */
        CLOSED
    }

    private State state = State.HANDSHAKE;

    /** The peer has ended in order: how its connection ends says nothing more, and may be any way as we close it too. */
    private boolean peerEnded;

    private ChannelPromise ready;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ready = ctx.newPromise();
    }

    /** Of a client: when the server has answered. */
    Future<?> ready() {
        return ready;
    }

    /** What is written up to the next empty buffer is the last. */
    void endWithTheNextEmptyBuffer() {
        if (state == State.OPEN) {
            state = State.ENDING;
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (peerEnded && event instanceof SslCloseCompletionEvent) {
            return;
        }
        boolean open = event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE
                || event instanceof WebSocketServerProtocolHandler.HandshakeComplete;
        if (open && state == State.HANDSHAKE) {
            state = State.OPEN;
            ready.trySuccess();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (state == State.CLOSED) {
            ReferenceCountUtil.release(msg);
        } else if (msg instanceof BinaryWebSocketFrame || msg instanceof ContinuationWebSocketFrame) {
            ctx.fireChannelRead(((WebSocketFrame) msg).content());
        } else if (msg instanceof CloseWebSocketFrame close) {
            onClose(ctx, close);
        } else if (msg instanceof HttpRequest request) {
            refuse(ctx, request);
        } else {
            ReferenceCountUtil.release(msg);
            if (msg instanceof TextWebSocketFrame) {
                fail(ctx, new CorruptedWebSocketFrameException(WebSocketCloseStatus.INVALID_MESSAGE_TYPE, "text"));
            }
        }
    }

    private void onClose(ChannelHandlerContext ctx, CloseWebSocketFrame close) {
        int status = close.statusCode();
        String reason = close.reasonText();
        close.release();
        if (status != WebSocketCloseStatus.NORMAL_CLOSURE.code()) {
            fail(
                    ctx,
                    new WebSocketTruncatedException(
                            "closed with status " + status + (reason.isEmpty() ? "" : ": " + PeerText.escape(reason))));
            return;
        }
        boolean answer = state == State.OPEN;
        state = State.CLOSED;
        peerEnded = true;
        if (answer) {
            ctx.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE))
                    .addListener(ChannelFutureListener.CLOSE);
        } else {
            ctx.close();
        }
    }

    /** Something else than a WebSocket at our path. */
    private void refuse(ChannelHandlerContext ctx, HttpRequest request) {
        ReferenceCountUtil.release(request);
        state = State.CLOSED;
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND);
        HttpUtil.setContentLength(response, 0);
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    private void fail(ChannelHandlerContext ctx, Throwable cause) {
        state = State.CLOSED;
        ready.tryFailure(cause);
        ctx.fireExceptionCaught(cause);
        ctx.close();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (!(msg instanceof ByteBuf bytes)) {
            ctx.write(msg, promise);
        } else if (bytes.isReadable()) {
            writeFrames(ctx, bytes, promise);
        } else if (state == State.ENDING) {
            bytes.release();
            state = State.CLOSED;
            ctx.write(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE), promise);
        } else {
            ctx.write(bytes, promise);
        }
    }

    private static void writeFrames(ChannelHandlerContext ctx, ByteBuf bytes, ChannelPromise promise) {
        while (bytes.readableBytes() > MAX_SENT_BYTES) {
            ctx.write(new BinaryWebSocketFrame(bytes.readRetainedSlice(MAX_SENT_BYTES)), ctx.voidPromise());
        }
        ctx.write(new BinaryWebSocketFrame(bytes), promise);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (peerEnded && cause instanceof TlsTruncatedException) {
            return;
        }
        if (state == State.HANDSHAKE) {
            state = State.CLOSED;
            ready.tryFailure(cause);
        }
        ctx.fireExceptionCaught(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (state == State.OPEN) {
            state = State.CLOSED;
            ctx.fireExceptionCaught(new WebSocketTruncatedException("closed without a Close"));
        }
        ready.tryFailure(new ClosedChannelException());
        ctx.fireChannelInactive();
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        // Whether the peer says its farewell as well does not matter any more.
        state = State.CLOSED;
        ctx.close(promise);
    }
}
