package dev.multipath.examples;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How much is logged: warnings, with {@code -v} path events, with {@code -v -v} details and stack traces. */
final class Verbosity {
    private static volatile boolean stackTraces;

    private Verbosity() {}

    /** Sets the level for the rest of the process; {@code times} is how often {@code -v} was given. */
    static void set(int times) {
        stackTraces = times >= 2;
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return; // another backend on the class path has its own configuration
        }
        context.getLogger("dev.multipath").setLevel(times == 0 ? null : times == 1 ? Level.INFO : Level.DEBUG);
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        if (stackTraces
                && root.getAppender("STDERR") instanceof ConsoleAppender<ILoggingEvent> appender
                && appender.getEncoder() instanceof PatternLayoutEncoder encoder) {
            encoder.stop();
            encoder.setPattern("%d{HH:mm:ss.SSS} %-5level %logger{0}: %safe%n%trace");
            encoder.start();
        }
    }

    static boolean showsStackTraces() {
        return stackTraces;
    }
}
