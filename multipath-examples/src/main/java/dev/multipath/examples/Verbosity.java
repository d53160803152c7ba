package dev.multipath.examples;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** How much is logged: warnings, with {@code -v} path events, with {@code -v -v} details and stack traces. */
final class Verbosity {
    private static volatile boolean stackTraces;

    private Verbosity() {}

    /** Sets the level for the rest of the process; {@code times} is how often {@code -v} was given. */
    static void set(int times) {
        stackTraces = times >= 2;
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger("dev.multipath").setLevel(times == 0 ? null : times == 1 ? Level.INFO : Level.DEBUG);
        } // else another backend on the class path has its own configuration
    }

    static boolean showsStackTraces() {
        return stackTraces;
    }
}
