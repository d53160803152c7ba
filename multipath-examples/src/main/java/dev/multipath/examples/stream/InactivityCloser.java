package dev.multipath.examples.stream;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.metrics.PathStats;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a session over which nothing has moved for too long. The base profile has no half-close: closing is the only way
 * to say "no more", and it ends the other direction too. So after the {@linkplain InputEnd end of its input} a session
 * stays open for the answer, until it has been quiet for the quiet limit; a limit of zero closes it at once.
 *
 * <p>Bytes read or written are activity. So are bytes still going out on the paths after the input ended. While the
 * channel does not read (auto-read off, since its reader is slow), the peer cannot be called quiet; nor for as long again
 * afterwards, as the peer's retransmissions have backed off meanwhile, and it comes back only with the next of them.
 */
public final class InactivityCloser extends ChannelDuplexHandler {
    /** The paths are looked at this often per quiet limit: the close is late by no more than a quarter of it. */
    private static final int CHECKS_PER_QUIET_LIMIT = 4;

    /** The most that a pause of the reader counts afterwards: what TCP and the session back off to, roughly. */
    private static final long MAX_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final long idleLimitNanos;
    private final long quietLimitNanos;
    private long lastActivityNanos;
    private long bytesSentAtLastCheck;
    private boolean inputEnded;
    private boolean paused;
    private long pausedAtNanos;
    private long patientUntilNanos;
    private Future<?> nextCheck;

    /**
     * @param idleLimit how long nothing may move while the input lasts
     * @param quietLimit how long nothing may move after the input ended
     */
    public InactivityCloser(Duration idleLimit, Duration quietLimit) {
        this.idleLimitNanos = idleLimit.toNanos();
        this.quietLimitNanos = Math.min(idleLimitNanos, quietLimit.toNanos());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            start(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        start(ctx);
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        lastActivityNanos = nowNanos(ctx);
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        lastActivityNanos = nowNanos(ctx);
        ctx.write(message, promise);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == InputEnd.INSTANCE) {
            inputEnded = true;
            start(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    /** A close that gives up bytes the peer has not acknowledged is an error of the stream, whoever asked for it. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        ctx.close(promise.unvoid()).addListener(closed -> {
            if (!closed.isSuccess()) {
                ctx.fireExceptionCaught(closed.cause());
            }
        });
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cancelCheck();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        cancelCheck();
    }

    private void start(ChannelHandlerContext ctx) {
        lastActivityNanos = nowNanos(ctx);
        patientUntilNanos = lastActivityNanos;
        check(ctx);
    }

    private void check(ChannelHandlerContext ctx) {
        cancelCheck();
        long nowNanos = nowNanos(ctx);
        if (readerPauses(ctx.channel(), nowNanos) || (inputEnded && pathsStillSend(ctx.channel()))) {
            lastActivityNanos = nowNanos;
        }
        long limitNanos = inputEnded ? quietLimitNanos : idleLimitNanos;
        long leftNanos = Math.max(limitNanos - (nowNanos - lastActivityNanos), patientUntilNanos - nowNanos);
        if (leftNanos <= 0 || limitNanos == 0) {
            close(ctx, ctx.newPromise());
        } else if (limitNanos != Long.MAX_VALUE) {
            long untilCheckNanos = inputEnded ? Math.min(leftNanos, limitNanos / CHECKS_PER_QUIET_LIMIT) : leftNanos;
            nextCheck = ctx.executor().schedule(() -> check(ctx), untilCheckNanos, TimeUnit.NANOSECONDS);
        }
    }

    private boolean readerPauses(Channel channel, long nowNanos) {
        boolean pausedBefore = paused;
        paused = !channel.config().isAutoRead();
        if (paused && !pausedBefore) {
            pausedAtNanos = nowNanos;
        } else if (!paused && pausedBefore) {
            // Never earlier than before: the short pauses that follow a long one say nothing new.
            long patienceNanos = Math.min(MAX_PATIENCE_NANOS, nowNanos - pausedAtNanos);
            patientUntilNanos = Math.max(patientUntilNanos, nowNanos + patienceNanos);
        }
        return paused;
    }

    private boolean pathsStillSend(Channel channel) {
        if (!(channel instanceof MultipathChannel session)) {
            return false;
        }
        long bytesSent =
                session.stats().paths().stream().mapToLong(PathStats::bytesSent).sum();
        boolean moved = bytesSent != bytesSentAtLastCheck;
        bytesSentAtLastCheck = bytesSent;
        return moved;
    }

    private void cancelCheck() {
        if (nextCheck != null) {
            nextCheck.cancel(false);
            nextCheck = null;
        }
    }

    private static long nowNanos(ChannelHandlerContext ctx) {
        return ctx.executor().ticker().nanoTime();
    }
}
