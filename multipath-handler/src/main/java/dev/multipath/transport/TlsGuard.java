package dev.multipath.transport;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Stands behind a subflow's TLS handler and says plainly what has happened to it: ready, or failed and why; ended in order,
 * or cut off. Runs on the subflow's event loop.
 *
 * <p>An end without the peer's {@code close_notify} is a loss: so TLS tells even in the base profile who has ended a
 * subflow.
 */
final class TlsGuard extends ChannelDuplexHandler {

    private enum State {
        HANDSHAKE,
        READY,
        /** The handshake has failed, or the peer is not one to talk to. */
        REFUSED,
        /** Either end has closed. */
        CLOSED
    }

    private State state = State.HANDSHAKE;
    private ChannelPromise ready;
    private SslHandler tls;
    private boolean alpnRequired;

    /** Sets whose handshake it is that is waited for. */
    void watch(SslHandler handler, boolean requireAlpn) {
        tls = handler;
        alpnRequired = requireAlpn;
    }

    Future<?> ready() {
        return ready;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ready = ctx.newPromise();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                onHandshakeDone(ctx);
            } else {
                refuse(handshakeFailure(handshake.cause()));
            }
        } else if (event instanceof SslCloseCompletionEvent close && state == State.READY) {
            state = State.CLOSED;
            if (!close.isSuccess()) {
                ctx.fireExceptionCaught(new TlsTruncatedException(close.cause()));
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    private void onHandshakeDone(ChannelHandlerContext ctx) {
        String protocol = tls.applicationProtocol();
        if (alpnRequired && !TlsConfig.ALPN_PROTOCOL.equals(protocol)) {
            SSLException cause = new SSLHandshakeException("the peer did not agree on the protocol "
                    + TlsConfig.ALPN_PROTOCOL + (protocol == null ? "" : " but on " + protocol));
            refuse(cause);
            ctx.fireExceptionCaught(cause);
            ctx.close();
        } else if (state == State.HANDSHAKE) {
            state = State.READY;
            ready.trySuccess();
        }
    }

    private void refuse(Throwable cause) {
        if (state == State.HANDSHAKE) {
            state = State.REFUSED;
            ready.tryFailure(cause);
        }
    }

    /** That the connection was lost says little unless it is said when. */
    private static Throwable handshakeFailure(Throwable cause) {
        if (!(cause instanceof IOException) || cause instanceof SSLException) {
            return cause;
        }
        SSLException failure = new SSLHandshakeException("the connection was lost in the TLS handshake");
        failure.initCause(cause);
        return failure;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (state == State.REFUSED) {
            // What had come with the last bytes of the handshake.
            ReferenceCountUtil.release(msg);
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable plain = cause instanceof DecoderException && cause.getCause() instanceof SSLException tlsCause
                ? tlsCause
                : cause;
        if (state == State.HANDSHAKE) {
            plain = handshakeFailure(plain);
            refuse(plain);
        }
        ctx.fireExceptionCaught(plain);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        // The TLS handler has told, if it was there already.
        refuse(handshakeFailure(new ClosedChannelException()));
        ctx.fireChannelInactive();
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        // Whether the peer says its farewell as well does not matter any more.
        state = state == State.READY ? State.CLOSED : state;
        ctx.close(promise);
    }
}
