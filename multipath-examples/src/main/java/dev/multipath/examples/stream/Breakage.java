package dev.multipath.examples.stream;

import dev.multipath.channel.MultipathChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.RejectedExecutionException;

/** Ends a channel so that its peer does not take the end for that of the stream: a session by a reset, TCP by a RST. */
public final class Breakage {
    /** No character is longer than 4 bytes in UTF-8, and a reset holds 1024. */
    private static final int MAX_TEXT_CHARS = 256;

    private static final AttributeKey<Throwable> CAUSE = AttributeKey.valueOf(Breakage.class, "CAUSE");

    private Breakage() {}

    /** Why a session is not whole, or null as far as anybody has noted. Any thread. */
    public static Throwable causeOf(Channel session) {
        return session.attr(CAUSE).get();
    }

    /** A session has failed; only the first reason counts. Any thread. */
    public static void note(Channel session, Throwable cause) {
        session.attr(CAUSE).setIfAbsent(cause);
    }

    /**
     * Gives a channel up at once. Any thread.
     *
     * @param channel a session or a TCP connection
     * @param reason what a session's peer is told
     * @param text the same for people
     */
    public static void breakOff(Channel channel, AbortReason reason, String text) {
        if (channel instanceof MultipathChannel session) {
            if (session.isActive()) {
                note(session, new AbandonedException(reason, text));
            }
            session.abort(reason.code(), text.length() > MAX_TEXT_CHARS ? text.substring(0, MAX_TEXT_CHARS) : text);
        } else {
            setLinger(channel, 0);
            channel.close();
        }
    }

    /** What {@code close()} does to a TCP connection: 0 resets it, -1 ends it in order. */
    static void setLinger(Channel channel, int seconds) {
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, seconds);
        }
    }

    /**
     * As the other, for what has failed here.
     *
     * @param channel a session or a TCP connection
     * @param reason unless the cause knows a better one
     * @param cause why
     */
    public static void breakOff(Channel channel, AbortReason reason, Throwable cause) {
        breakOff(channel, cause instanceof AbandonedException known ? known.reason() : reason, Reasons.of(cause));
    }

    /** As {@link #breakOff}; the channel's own handlers hear of it first, as of any other failure. Any thread. */
    public static void abandon(Channel channel, AbortReason reason, String text) {
        Runnable abandoning = () -> {
            if (!channel.isOpen()) {
                return; // its own end came first
            }
            channel.pipeline().fireExceptionCaught(new AbandonedException(reason, text));
            breakOff(channel, reason, text);
        };
        EventExecutor loop = channel.eventLoop();
        if (loop.inEventLoop()) {
            abandoning.run();
            return;
        }
        try {
            loop.execute(abandoning);
        } catch (RejectedExecutionException e) {
            channel.close(); // the loop has ended, and closed what was on it
        }
    }
}
