package dev.multipath.examples.psk;

import dev.multipath.transport.TlsTruncatedException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CoalescingBufferQueue;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLHandshakeException;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.bouncycastle.tls.TlsProtocol;

/**
 * Encrypts one subflow. What is written before the handshake is done waits. An end that the peer has not announced by its
 * {@code close_notify} is a loss ({@link TlsTruncatedException}); this end announces its own by {@link #endOutput} only, as a
 * session that is cut must not look whole. Runs on the subflow's event loop.
 */
final class PskHandler extends ChannelDuplexHandler {
    /** The payload of a TLS record at most (RFC 8446 section 5.1). */
    private static final int MAX_PLAINTEXT_BYTES = 1 << 14;

    private enum State {
        HANDSHAKE,
        OPEN,
        /** Either end has announced its end. */
        ENDED,
        FAILED
    }

    /** Begins a handshake. */
    @FunctionalInterface
    interface Begin {
        TlsProtocol begin() throws IOException;
    }

    private final Begin begin;
    private State state = State.HANDSHAKE;
    private TlsProtocol tls;
    private CoalescingBufferQueue unencrypted;
    private ChannelPromise ready;

    PskHandler(Begin begin) {
        this.begin = begin;
    }

    /** Done when bytes can be sent; a failure says why not. */
    Future<?> ready() {
        return ready;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws IOException {
        ready = ctx.newPromise();
        unencrypted = new CoalescingBufferQueue(ctx.channel());
        tls = begin.begin();
        if (ctx.channel().isActive()) {
            flushEncrypted(ctx);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        failWrites(new ClosedChannelException());
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        flushEncrypted(ctx);
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        try {
            if (state == State.HANDSHAKE || state == State.OPEN) {
                receive(ctx, buffer);
            }
        } finally {
            buffer.release();
        }
    }

    private void receive(ChannelHandlerContext ctx, ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        try {
            tls.offerInput(bytes);
        } catch (IOException e) {
            fail(ctx, e);
            return;
        }
        if (state == State.HANDSHAKE && tls.isConnected()) {
            state = State.OPEN;
            flush(ctx);
            ready.trySuccess();
        }
        int count = tls.getAvailableInputBytes();
        if (count > 0) {
            ByteBuf plain = ctx.alloc().buffer(count, count);
            tls.readInput(plain.nioBuffer(0, count), count);
            ctx.fireChannelRead(plain.writerIndex(count));
        }
        if (tls.isClosed() && state == State.OPEN) {
            state = State.ENDED;
            failWrites(new ClosedChannelException());
        }
        flushEncrypted(ctx);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof ByteBuf buffer)) {
            ReferenceCountUtil.release(message);
            promise.setFailure(new UnsupportedOperationException("not a buffer: " + message.getClass()));
        } else if (!buffer.isReadable()) {
            // Stands for all that was written before it.
            unencrypted.add(buffer, promise);
        } else if (state == State.HANDSHAKE || state == State.OPEN) {
            unencrypted.add(buffer, promise);
        } else {
            buffer.release();
            promise.setFailure(new ClosedChannelException());
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        if (state != State.HANDSHAKE) {
            encrypt(ctx);
        }
        ctx.flush();
    }

    private void encrypt(ChannelHandlerContext ctx) {
        while (!unencrypted.isEmpty()) {
            ChannelPromise promise = ctx.newPromise();
            ByteBuf plain = unencrypted.remove(MAX_PLAINTEXT_BYTES, promise);
            try {
                if (plain.isReadable()) {
                    byte[] bytes = new byte[plain.readableBytes()];
                    plain.readBytes(bytes);
                    tls.writeApplicationData(bytes, 0, bytes.length);
                }
            } catch (IOException e) {
                promise.setFailure(e);
                fail(ctx, e);
                return;
            } finally {
                plain.release();
            }
            ctx.write(takeEncrypted(ctx), promise);
        }
    }

    private ByteBuf takeEncrypted(ChannelHandlerContext ctx) {
        int count = tls.getAvailableOutputBytes();
        if (count == 0) {
            return Unpooled.EMPTY_BUFFER;
        }
        ByteBuf encrypted = ctx.alloc().directBuffer(count, count);
        tls.readOutput(encrypted.nioBuffer(0, count), count);
        return encrypted.writerIndex(count);
    }

    /** What TLS has to say by itself. */
    private void flushEncrypted(ChannelHandlerContext ctx) {
        if (tls.getAvailableOutputBytes() > 0) {
            ctx.writeAndFlush(takeEncrypted(ctx));
        }
    }

    /** Announces the end of the stream, behind all that was written. */
    void endOutput(ChannelHandlerContext ctx) {
        if (state != State.OPEN) {
            return;
        }
        encrypt(ctx);
        if (state == State.OPEN) {
            state = State.ENDED;
            try {
                tls.close();
            } catch (IOException e) {
                fail(ctx, e);
                return;
            }
            flushEncrypted(ctx);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (state == State.HANDSHAKE) {
            state = State.FAILED;
            ready.tryFailure(lostInHandshake(cause));
        }
        ctx.fireExceptionCaught(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        failWrites(new ClosedChannelException());
        if (state == State.HANDSHAKE) {
            state = State.FAILED;
            ready.tryFailure(lostInHandshake(new ClosedChannelException()));
        } else if (state == State.OPEN) {
            state = State.ENDED;
            ctx.fireExceptionCaught(new TlsTruncatedException(new ClosedChannelException()));
        }
        ctx.fireChannelInactive();
    }

    private void fail(ChannelHandlerContext ctx, IOException cause) {
        IOException words = state == State.HANDSHAKE ? inWords(cause) : cause;
        state = State.FAILED;
        failWrites(words);
        flushEncrypted(ctx);
        ready.tryFailure(words);
        ctx.fireExceptionCaught(words);
        ctx.close();
    }

    private void failWrites(Throwable cause) {
        if (!unencrypted.isEmpty()) {
            unencrypted.releaseAndFailAll(cause);
        }
    }

    private static IOException lostInHandshake(Throwable cause) {
        SSLHandshakeException lost = new SSLHandshakeException("the connection was lost in the TLS handshake");
        lost.initCause(cause);
        return lost;
    }

    /** Numbers of alerts help nobody. */
    private static IOException inWords(IOException cause) {
        String words = "the TLS handshake by the shared secret failed: ";
        if (cause instanceof TlsFatalAlertReceived received) {
            words += "the peer says " + AlertDescription.getName(received.getAlertDescription());
        } else if (cause instanceof TlsFatalAlert raised) {
            words += AlertDescription.getName(raised.getAlertDescription());
        } else {
            words += cause.getMessage();
        }
        // All that the cause knows is said.
        return new SSLHandshakeException(words + " (is it the same at both ends, and do both use one?)");
    }
}
