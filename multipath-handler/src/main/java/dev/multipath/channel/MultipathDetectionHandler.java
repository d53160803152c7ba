package dev.multipath.channel;

import dev.multipath.codec.Preface;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Serves sessions and plain connections on one port: looks at the first byte of an accepted connection, which in multipath is 0,
 * and makes it a subflow or leaves it to other handlers. They get their {@code channelActive} then, and all that has come. To be
 * the last handler in the pipeline. For protocols in which no client begins with a byte 0: text, TLS, HTTP.
 */
public final class MultipathDetectionHandler extends ByteToMessageDecoder {

    private final MultipathAcceptor acceptor;
    private final ChannelHandler plain;
    private final Duration silence;
    private ScheduledFuture<?> timeout;

    /**
     * For one connection.
     *
     * @param acceptor takes those that speak multipath
     * @param plain is added last for those that do not
     * @param silence how long a client may say nothing before it is taken for one that waits for the server's first words; in a
     *     protocol in which the client speaks first it only bounds what silent clients cost
     */
    public MultipathDetectionHandler(MultipathAcceptor acceptor, ChannelHandler plain, Duration silence) {
        this.acceptor = Objects.requireNonNull(acceptor, "acceptor");
        this.plain = Objects.requireNonNull(plain, "plain");
        this.silence = Objects.requireNonNull(silence, "silence");
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timeout = ctx.executor().schedule(() -> leaveToPlain(ctx), silence.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Nobody is behind who could hear it yet. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.read();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (in.getUnsignedByte(in.readerIndex()) == Preface.VERSION) {
            ctx.pipeline().addLast(new MultipathServerHandler(acceptor));
            // Passes on what it has read.
            ctx.pipeline().remove(this);
        } else {
            leaveToPlain(ctx);
        }
    }

    private void leaveToPlain(ChannelHandlerContext ctx) {
        if (ctx.isRemoved() || !ctx.channel().isActive()) {
            return;
        }
        ctx.pipeline().addLast(plain);
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        timeout.cancel(false);
    }
}
