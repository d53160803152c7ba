package dev.multipath.transport;

import dev.multipath.codec.PeerText;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.internal.logging.InternalLogLevel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Says that the process has run out of something, memory or descriptors: else it would only be seen that connections go.
 * At most one warning each {@link #PERIOD_NANOS}, since there is a failure for whatever is tried then. Any thread.
 */
public final class Exhaustion {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(Exhaustion.class);

    /** Often enough to be found where something went wrong, seldom enough for a log. */
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What EMFILE and ENFILE are in words. */
    private static final String DESCRIPTORS = "Too many open files";

    /** What these, ENOMEM and ENOBUFS are in words. */
    private static final List<String> WORDS =
            List.of(DESCRIPTORS, "Cannot allocate memory", "No buffer space available");

    private static final SparseLog WARNINGS = new SparseLog(LOGGER, InternalLogLevel.WARN, PERIOD_NANOS);

    private Exhaustion() {}

    /**
     * Logs the failure if something has run out by it, and nothing else.
     *
     * @param where what has failed, for people
     * @param cause why
     */
    public static void report(Object where, Throwable cause) {
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (isExhaustion(each)) {
                WARNINGS.log(where + " failed, as the process has run out of something: " + reason(each));
                return;
            }
        }
    }

    /**
     * {@return whether something has failed since there were no file descriptors left}
     *
     * @param cause why it has failed
     */
    public static boolean isOfDescriptors(Throwable cause) {
        return String.valueOf(cause.getMessage()).contains(DESCRIPTORS);
    }

    private static boolean isExhaustion(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        return cause instanceof OutOfMemoryError || WORDS.stream().anyMatch(message::contains);
    }

    /**
     * {@return a handler that tells why a listening channel could not accept a connection, and so is to stand last in its
     * pipeline: a bootstrap's own, which lets it pause, goes before}
     */
    public static ChannelHandler ofListener() {
        return new ListenerHandler();
    }

    private static final class ListenerHandler extends ChannelInboundHandlerAdapter {

        private final SparseLog warnings = new SparseLog(LOGGER, InternalLogLevel.WARN, PERIOD_NANOS);

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            warnings.log("cannot accept connections at " + ctx.channel().localAddress() + ": " + reason(cause));
        }
    }

    private static String reason(Throwable cause) {
        return PeerText.escape(cause.getMessage() == null ? cause.toString() : cause.getMessage());
    }
}
