package dev.multipath.examples;

import dev.multipath.channel.AddressEvent;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathSessionEvent;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.examples.stream.AbandonedException;
import dev.multipath.examples.stream.AbortReason;
import dev.multipath.examples.stream.Breakage;
import dev.multipath.examples.stream.Reasons;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.TruncatedStreamException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Numbers the open sessions, logs what happens to their paths, and prints their statistics. */
final class SessionMonitor {
    private static final Logger LOGGER = LoggerFactory.getLogger(SessionMonitor.class);
    private static final AttributeKey<Integer> NUMBER = AttributeKey.valueOf(SessionMonitor.class, "NUMBER");

    /** Nothing is waited for but what is on its way to the event loop. */
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(1);

    private final ChannelGroup sessions = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final AtomicInteger count = new AtomicInteger();
    private final SessionReport report;
    private final TransferProgress progress;
    private final Consumer<MultipathChannel> views;

    /**
     * @param report where statistics go
     * @param progress shows the first session, or is null
     * @param views get every session as well
     */
    SessionMonitor(SessionReport report, TransferProgress progress, Consumer<MultipathChannel> views) {
        this.report = report;
        this.progress = progress;
        this.views = views;
    }

    /**
     * Takes in a new session; what this returns goes last into its pipeline.
     *
     * @param isOurs whether this program has asked for it, so that its user wants to know of any failure; a server's log
     *     would be its clients' to fill
     */
    ChannelHandler watch(Channel session, boolean isOurs) {
        session.attr(NUMBER).set(count.incrementAndGet());
        sessions.add(session);
        if (session instanceof MultipathChannel multipath) {
            views.accept(multipath);
        }
        return new Watcher(isOurs);
    }

    /** What goes first into the pipeline of a session: others may keep failures to themselves. */
    ChannelHandler witness() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                Breakage.note(ctx.channel(), cause);
                ctx.fireExceptionCaught(cause);
            }
        };
    }

    /** Gives up every session that is open; true if there was one. */
    boolean abandonAll() {
        boolean any = !sessions.isEmpty();
        sessions.forEach(session -> Breakage.abandon(session, AbortReason.INTERRUPTED, "the program was interrupted"));
        sessions.newCloseFuture().awaitUninterruptibly(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        return any;
    }

    /** Prints the statistics of every open session. */
    void printStats() {
        sessions.forEach(channel -> {
            if (channel instanceof MultipathChannel session) {
                report.stats(number(channel), session.stats());
            }
        });
    }

    /** Shows how far a session is. */
    void showProgress() {
        sessions.stream().limit(1).forEach(this::showProgress);
    }

    private void showProgress(Channel channel) {
        if (progress != null && channel instanceof MultipathChannel session) {
            progress.update(session.stats(), System.nanoTime());
        }
    }

    private static int number(Channel session) {
        return session.attr(NUMBER).get();
    }

    private final class Watcher extends ChannelInboundHandlerAdapter {
        private final boolean isOurs;
        private final LineAllowance allowance = new LineAllowance(System.nanoTime());

        Watcher(boolean isOurs) {
            this.isOurs = isOurs;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            LOGGER.info("session {}: open", number(ctx.channel()));
            ctx.fireChannelActive();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            boolean ofSession = event instanceof SubflowEvent
                    || event instanceof AddressEvent
                    || event instanceof MultipathSessionEvent;
            if (ofSession && LOGGER.isInfoEnabled() && allowance.take(System.nanoTime())) {
                tellUntold(ctx);
                tell(ctx, event);
            }
            ctx.fireUserEventTriggered(event);
        }

        private void tellUntold(ChannelHandlerContext ctx) {
            long untold = allowance.takeUntold();
            if (untold > 0) {
                LOGGER.info("session {}: {} more events", number(ctx.channel()), untold);
            }
        }

        private static void tell(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SubflowEvent subflow) {
                LOGGER.info(
                        "session {}: path {} {}{}",
                        number(ctx.channel()),
                        subflow.path().label(),
                        subflow.kind().name().toLowerCase(Locale.ROOT),
                        subflow.cause() == null ? "" : ": " + Reasons.of(subflow.cause()));
            } else if (event instanceof AddressEvent address) {
                LOGGER.info(
                        "session {}: the server is at {} {}",
                        number(ctx.channel()),
                        ShownAddress.of(address.address()),
                        address.kind() == AddressEvent.Kind.ADDED ? "too" : "no more");
            } else if (event instanceof MultipathSessionEvent) {
                LOGGER.info(
                        "session {}: {}",
                        number(ctx.channel()),
                        event.toString().toLowerCase(Locale.ROOT).replace('_', ' '));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LOGGER.atLevel(isWorthWarning(cause) ? Level.WARN : Level.INFO)
                    .log("session {}: {}", number(ctx.channel()), Reasons.of(cause));
            LOGGER.debug("session failed", cause);
            // If it has not failed by itself, what failed here is a reason not to call its stream whole.
            Breakage.breakOff(ctx.channel(), AbortReason.INTERNAL_ERROR, cause);
        }

        private boolean isWorthWarning(Throwable cause) {
            if (Signals.areEndingIt()
                    || (cause instanceof AbandonedException abandoned
                            && abandoned.reason() == AbortReason.INTERRUPTED)) {
                return false; // who has interrupted knows
            }
            return isOurs
                    || cause instanceof TruncatedStreamException
                    || cause instanceof SessionClosedException
                    || !(cause instanceof IOException);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            tellUntold(ctx);
            LOGGER.info("session {}: closed", number(ctx.channel()));
            if (ctx.channel() instanceof MultipathChannel session) {
                report.end(number(session), session.stats(), Breakage.causeOf(session));
                showProgress(session);
            }
            ctx.fireChannelInactive();
        }
    }
}
