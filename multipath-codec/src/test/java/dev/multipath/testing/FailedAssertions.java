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

/** Keeps what is logged with an {@link AssertionError} as its cause, whatever the logger's level. Thread-safe. */
final class FailedAssertions extends TurboFilter {

    private final Queue<String> reports = new ConcurrentLinkedQueue<>();

    @Override
    public FilterReply decide(
            Marker marker, Logger logger, Level level, String format, Object[] params, Throwable thrown) {
        Throwable logged = thrown;
        if (logged == null && params != null && params.length > 0 && params[params.length - 1] instanceof Throwable t) {
            logged = t;
        }
        if (isFailedAssertion(logged)) {
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
