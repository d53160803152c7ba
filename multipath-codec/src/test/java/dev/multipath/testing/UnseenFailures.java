package dev.multipath.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Marker;

/**
 * Keeps what is logged of failures that a test cannot see: assertions, wherever they failed, and whatever the tasks of event
 * loops and the listeners of promises have thrown. Whatever the loggers' levels. Thread-safe.
 */
final class UnseenFailures extends TurboFilter {

    private final Queue<String> reports = new ConcurrentLinkedQueue<>();

    @Override
    public FilterReply decide(
            Marker marker, Logger logger, Level level, String format, Object[] params, Throwable thrown) {
        Throwable logged = thrown;
        if (logged == null && params != null && params.length > 0 && params[params.length - 1] instanceof Throwable t) {
            logged = t;
        }
        if (isFailedAssertion(logged) || isLost(logger, logged)) {
            reports.add(logger.getName() + ": " + format + "\n" + stackTrace(logged));
        }
        return FilterReply.NEUTRAL;
    }

    private static boolean isFailedAssertion(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof AssertionError) {
                return true;
            }
        }
        return false;
    }

    /** Thrown by a task or a promise's listener: nobody else hears of it, and it should not have been thrown. */
    private static boolean isLost(Logger logger, Throwable thrown) {
        return logger.getName().startsWith("io.netty.util.concurrent.")
                && (thrown instanceof RuntimeException || thrown instanceof Error);
    }

    private static String stackTrace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** The reports since the last call. */
    List<String> take() {
        List<String> taken = new ArrayList<>();
        for (String report = reports.poll(); report != null; report = reports.poll()) {
            taken.add(report);
        }
        return taken;
    }
}
