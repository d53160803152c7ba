package dev.multipath.examples;

import java.time.Duration;
import picocli.CommandLine.Option;

/** Options that {@code listen} and {@code connect} share. */
final class SessionOptions {
    @Option(
            names = {"-i", "--idle-timeout"},
            paramLabel = "TIME",
            defaultValue = "never",
            converter = TimeSpan.class,
            description = "Close a session when nothing moved either way for this long (10, 1.5s, 2m; default: "
                    + "${DEFAULT-VALUE}).")
    private Duration idleLimit = TimeSpan.NEVER;

    @Option(
            names = "--stats",
            paramLabel = "SECONDS",
            converter = TimeSpan.class,
            description = "Print each session's table of paths to standard error this often, and when it ends.")
    private Duration statsPeriod;

    @Option(
            names = {"-v", "--verbose"},
            description = "Log path events to standard error; twice: details and stack traces.")
    private boolean[] verbosity = new boolean[0];

    Duration idleLimit() {
        return idleLimit;
    }

    /** How often to print statistics, or null for never. */
    Duration statsPeriod() {
        return statsPeriod;
    }

    int verbosity() {
        return verbosity.length;
    }
}
