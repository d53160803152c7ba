package dev.multipath.examples.stream;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathSessionEvent;
import dev.multipath.channel.SubflowEvent;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until an accepted session is meant, then lets it be used. A client that races its paths and gets its first answer
 * late opens a session on each of two, and drops one at once: whoever runs a command for a session, or takes the first
 * that comes, must not do it for that one. A session is meant when it sends a byte, when a second path joins it, when its
 * client has answered a ping, or when it has lasted {@link #PROBATION_MILLIS}; also when it has sent nothing but its end, and
 * stays for the answer: the dropped one does not, as it ends both directions at once, and answers nothing. Nor is one meant
 * that has lost its path, and waits in vain for another.
 */
public final class SettledSession extends ChannelInboundHandlerAdapter {
    /** Longer than the answer that decides a client's race is late on any usual path. */
    private static final long PROBATION_MILLIS = 1000;

    /** Short beside what a client takes to connect: who speaks first is waited for no longer. */
    private static final long LOOK_MILLIS = 20;

    /** Longer than there is between the two words by which a client drops a session, which leave in one flush. */
    private static final long EMPTY_STREAM_MILLIS = 100;

    private static final Logger LOGGER = LoggerFactory.getLogger(SettledSession.class);

    private final Consumer<ChannelHandlerContext> use;
    private int paths;
    private Future<?> probation;
    private Future<?> look;

    /** @param use called once, on the event loop; what it adds behind the context gets every byte */
    public SettledSession(Consumer<ChannelHandlerContext> use) {
        this.use = use;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        settleIn(ctx, PROBATION_MILLIS);
        ctx.fireChannelActive();
        if (!ctx.channel().config().isAutoRead()) {
            ctx.read(); // the first bytes: more are read by who uses them
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        settle(ctx);
        ctx.fireChannelRead(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SubflowEvent subflow && subflow.kind() == SubflowEvent.Kind.ADDED && ++paths == 2) {
            settle(ctx);
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            settleIn(ctx, EMPTY_STREAM_MILLIS);
        } else if (event == MultipathSessionEvent.SUSPENDED) {
            endProbation();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        endProbation();
        ctx.fireChannelInactive();
    }

    /** Only before it is settled: this handler leaves then. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOGGER.debug("dropped before it was used", cause);
        Breakage.breakOff(ctx.channel(), AbortReason.INTERNAL_ERROR, cause);
    }

    private void settleIn(ChannelHandlerContext ctx, long millis) {
        endProbation();
        probation = ctx.executor().schedule(() -> settle(ctx), millis, TimeUnit.MILLISECONDS);
        look = ctx.executor()
                .scheduleWithFixedDelay(() -> settleIfAnswered(ctx), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Round trips of a path are told by the answers to pings, until there are data. */
    private void settleIfAnswered(ChannelHandlerContext ctx) {
        if (ctx.channel() instanceof MultipathChannel session
                && session.stats().paths().stream().anyMatch(path -> path.rtt() != null)) {
            settle(ctx);
        }
    }

    private void settle(ChannelHandlerContext ctx) {
        if (ctx.isRemoved() || !ctx.channel().isActive()) {
            return;
        }
        endProbation();
        use.accept(ctx);
        // Left last, so that the message being read still goes through its context to what was added behind it.
        ctx.pipeline().remove(this);
    }

    private void endProbation() {
        if (probation != null) {
            probation.cancel(false);
            look.cancel(false);
        }
    }
}
