package dev.multipath.examples;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathSessionEvent;
import dev.multipath.channel.SubflowEvent;
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
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Numbers the open sessions, logs what happens to their paths, and prints their statistics. */
final class SessionMonitor {
    private static final Logger LOGGER = LoggerFactory.getLogger(SessionMonitor.class);
    private static final AttributeKey<Integer> NUMBER = AttributeKey.valueOf(SessionMonitor.class, "NUMBER");

    private final ChannelGroup sessions = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final AtomicInteger count = new AtomicInteger();
    private final PrintStream statsTo;

    /** @param statsTo where to print statistics, or null */
    SessionMonitor(PrintStream statsTo) {
        this.statsTo = statsTo;
    }

    /** Takes in a new session; what this returns goes last into its pipeline. */
    ChannelHandler watch(Channel session) {
        session.attr(NUMBER).set(count.incrementAndGet());
        sessions.add(session);
        return new Watcher();
    }

    /** Closes every session; true when all of them were closed in time. */
    boolean close(Duration limit) {
        return sessions.close().awaitUninterruptibly(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Prints the statistics of every open session. */
    void printStats() {
        sessions.forEach(this::printStats);
    }

    private void printStats(Channel channel) {
        if (statsTo != null && channel instanceof MultipathChannel session) {
            String prefix = "session " + number(channel) + ": ";
            session.stats().format().lines().forEach(line -> statsTo.println(prefix + line));
        }
    }

    private static int number(Channel session) {
        return session.attr(NUMBER).get();
    }

    private final class Watcher extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            LOGGER.info("session {}: open", number(ctx.channel()));
            ctx.fireChannelActive();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SubflowEvent subflow) {
                LOGGER.info(
                        "session {}: path {} {}{}",
                        number(ctx.channel()),
                        subflow.path().label(),
                        subflow.kind().name().toLowerCase(Locale.ROOT),
                        subflow.cause() == null ? "" : ": " + Reasons.of(subflow.cause()));
            } else if (event instanceof MultipathSessionEvent) {
                LOGGER.info(
                        "session {}: {}",
                        number(ctx.channel()),
                        event.toString().toLowerCase(Locale.ROOT));
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            boolean lostBytes = cause instanceof TruncatedStreamException || cause instanceof SessionClosedException;
            LOGGER.atLevel(lostBytes ? Level.WARN : Level.INFO)
                    .log("session {}: {}", number(ctx.channel()), Reasons.of(cause));
            LOGGER.debug("session failed", cause);
            ctx.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            LOGGER.info("session {}: closed", number(ctx.channel()));
            printStats(ctx.channel());
            ctx.fireChannelInactive();
        }
    }
}
