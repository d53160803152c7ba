package dev.multipath.examples.web;

import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.channel.MultipathServerHandler;
import dev.multipath.codec.Preface;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the first byte of an accepted connection, and leaves it to the handlers of what it speaks: multipath, HTTP, or
 * TLS with one of both inside.
 */
public final class PortUnification extends ByteToMessageDecoder {
    private static final Logger LOGGER = LoggerFactory.getLogger(PortUnification.class);

    /** As long as an acceptor gives a client for the rest of its handshake. */
    private static final Duration FIRST_BYTE_TIMEOUT = Duration.ofSeconds(10);

    /** The content type of a TLS record that carries a handshake. */
    private static final int TLS_HANDSHAKE = 0x16;

    /** In the words of HTTP, as who comes here by mistake mostly speaks something like it. */
    private static final String REFUSAL =
            "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 28\r\n"
                    + "connection: close\r\n\r\nneither HTTP nor multipath.\n";

    /** A close with bytes unread would be a reset, which can overtake the refusal. */
    private static final Duration REFUSAL_LINGER = Duration.ofSeconds(1);

    private final MultipathAcceptor acceptor;
    private final SslContext tls;
    private final Consumer<ChannelPipeline> http;
    private ScheduledFuture<?> timeout;
    private boolean refused;

    /**
     * For one connection.
     *
     * @param acceptor takes what speaks multipath
     * @param tls for what speaks TLS; null to refuse it
     * @param http adds the handlers of what speaks HTTP
     */
    public PortUnification(MultipathAcceptor acceptor, SslContext tls, Consumer<ChannelPipeline> http) {
        this.http = http;
        this.acceptor = acceptor;
        this.tls = tls;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        closeAfter(FIRST_BYTE_TIMEOUT, ctx);
    }

    private void closeAfter(Duration time, ChannelHandlerContext ctx) {
        timeout = ctx.executor().schedule(() -> ctx.close(), time.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (refused) {
            in.skipBytes(in.readableBytes());
            return;
        }
        ChannelPipeline pipeline = ctx.pipeline();
        int first = in.getUnsignedByte(in.readerIndex());
        if (first == Preface.VERSION) {
            pipeline.addLast(new MultipathServerHandler(acceptor));
        } else if (first == TLS_HANDSHAKE && tls != null) {
            pipeline.addLast(tls.newHandler(ctx.alloc()), new PortUnification(acceptor, null, http));
        } else if (first >= 'A' && first <= 'Z') {
            http.accept(pipeline);
        } else {
            LOGGER.debug("{} refused: its first byte is {}", ctx.channel(), first);
            in.skipBytes(in.readableBytes());
            refuse(ctx);
            return;
        }
        // Passes on what it has read, to the handlers that it has just added.
        pipeline.remove(this);
    }

    /** Then reads on for a while, and keeps nothing. */
    private void refuse(ChannelHandlerContext ctx) {
        refused = true;
        timeout.cancel(false);
        closeAfter(REFUSAL_LINGER, ctx);
        ctx.writeAndFlush(Unpooled.copiedBuffer(REFUSAL, StandardCharsets.US_ASCII));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ConnectionFailure.handle(ctx, cause);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        timeout.cancel(false);
    }
}
