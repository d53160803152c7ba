package dev.multipath.examples.stream;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.metrics.PathStats;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Ends a session's output at the {@linkplain InputEnd end of its input}, and closes a session over which nothing has moved
 * for too long. The base profile has no half-close: closing is the only way to say "no more", and it ends the other
 * direction too. So with a peer of that profile a session stays open for the answer, until it has been quiet for the quiet
 * limit. A limit of zero closes it at once, in either profile. When the peer's stream has ended, our own goes on until it
 * has been quiet for the answer limit. A session whose directions have both ended is closed. One that is idle while its
 * input lasts is given up: its stream is not whole.
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
    private final long answerLimitNanos;
    private long lastActivityNanos;
    private long bytesSentAtLastCheck;
    private boolean inputEnded;
    private boolean peerEnded;
    private boolean paused;
    private long pausedAtNanos;
    private long patientUntilNanos;
    private Future<?> nextCheck;

    /**
     * @param idleLimit how long nothing may move while the input lasts
     * @param quietLimit how long nothing may move after the input ended, if the peer cannot be told of that
     * @param answerLimit how long nothing may move after the peer's stream ended
     */
    public InactivityCloser(Duration idleLimit, Duration quietLimit, Duration answerLimit) {
        this.answerLimitNanos = Math.min(idleLimit.toNanos(), answerLimit.toNanos());
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
            onInputEnd(ctx);
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            peerEnded = true;
            start(ctx);
        }
        ctx.fireUserEventTriggered(event);
        if (event == ChannelInputShutdownEvent.INSTANCE || event == ChannelOutputShutdownEvent.INSTANCE) {
            closeIfBothEnded(ctx);
        }
    }

    private void closeIfBothEnded(ChannelHandlerContext ctx) {
        if (ctx.channel() instanceof DuplexChannel channel && channel.isActive() && channel.isShutdown()) {
            close(ctx, ctx.newPromise());
        }
    }

    private void onInputEnd(ChannelHandlerContext ctx) {
        if (quietLimitNanos > 0
                && ctx.channel() instanceof MultipathChannel session
                && session.profile().hasHalfClose()) {
            session.shutdownOutput();
        } else {
            inputEnded = true;
            start(ctx);
        }
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
        boolean ended = inputEnded || peerEnded;
        if (readerPauses(ctx.channel(), nowNanos)
                || (ended && pathsStillSend(ctx.channel()))
                || isInputHeldUp(ctx.channel())) {
            lastActivityNanos = nowNanos;
        }
        long limitNanos = inputEnded ? quietLimitNanos : peerEnded ? answerLimitNanos : idleLimitNanos;
        long leftNanos = Math.max(limitNanos - (nowNanos - lastActivityNanos), patientUntilNanos - nowNanos);
        if (leftNanos <= 0 || limitNanos == 0) {
            if (limitNanos == idleLimitNanos && !isOutputEnded(ctx.channel())) {
                // The input goes on, so that this is not its end: the peer must not take it for that.
                Breakage.abandon(ctx.channel(), AbortReason.IDLE, "nothing moved for " + limitNanos / 1e9 + " s");
            } else {
                close(ctx, ctx.newPromise());
            }
        } else if (limitNanos != Long.MAX_VALUE) {
            long untilCheckNanos = ended ? Math.min(leftNanos, limitNanos / CHECKS_PER_QUIET_LIMIT) : leftNanos;
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

    /** An input that finds no room is not quiet: the peer has ended its stream, and takes its time to read ours. */
    private boolean isInputHeldUp(Channel channel) {
        return peerEnded && !inputEnded && !channel.isWritable();
    }

    private boolean isOutputEnded(Channel channel) {
        return inputEnded || (channel instanceof DuplexChannel duplex && duplex.isOutputShutdown());
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
