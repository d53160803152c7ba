package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.transport.SparseLog;
import io.netty.util.internal.logging.InternalLogLevel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Gives a server's new sessions their names: the generator is an application's, so that what comes of it is looked at. */
final class SessionNames {

    /** In the place of the name of a session that there is not; no session is ever given this one. */
    static final ConnectionId NO_SESSION = new ConnectionId(0, 1);

    /** Random names collide never; a generator that gives none of use so many times will not do so at the next. */
    static final int MAX_ATTEMPTS = 8;

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(SessionNames.class);

    /** Strangers can ask for sessions at any rate. */
    private static final SparseLog FAILURES = new SparseLog(LOGGER, InternalLogLevel.WARN, TimeUnit.SECONDS.toNanos(1));

    private SessionNames() {}

    /**
     * Draws a name, until one is of use.
     *
     * @param entry makes a session of that name; null if it is another's already
     * @return the session; null if there is no name, and then the log says why
     */
    static <T> T enter(ConnectionIdGenerator generator, Function<ConnectionId, T> entry) {
        ConnectionId drawn = null;
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            try {
                drawn = generator.nextId();
            } catch (RuntimeException e) {
                FAILURES.log("a new session gets no name, since the generator failed: " + e);
                LOGGER.debug("a new session gets no name", e);
                return null;
            }
            T entered = isOfUse(drawn) ? entry.apply(drawn) : null;
            if (entered != null) {
                return entered;
            }
        }
        FAILURES.log("a new session gets no name, since " + MAX_ATTEMPTS
                + " in a row cannot be, or are those of others; the last is " + drawn);
        return null;
    }

    private static boolean isOfUse(ConnectionId drawn) {
        return drawn != null && !drawn.isZero() && !drawn.equals(NO_SESSION);
    }
}
