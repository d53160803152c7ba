package dev.multipath.examples;

import dev.multipath.examples.demo.Terminal;
import dev.multipath.scheduler.Schedulers;
import java.time.Duration;
import java.util.Iterator;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options that {@code listen} and {@code connect} share. */
final class SessionOptions {
    /** Longer than anybody waits, and far from where nanoseconds overflow. */
    private static final Duration MAX_RESUMPTION = Duration.ofDays(365);

    @Option(
            names = {"-i", "--idle-timeout"},
            paramLabel = "TIME",
            defaultValue = "never",
            converter = TimeSpan.class,
            description = "Abort a session when nothing moved either way for this long (10, 1.5s, 2m; default: "
                    + "${DEFAULT-VALUE}).")
    private Duration idleLimit = TimeSpan.NEVER;

    @Option(
            names = "--resume",
            paramLabel = "TIME",
            defaultValue = "1m",
            converter = TimeSpan.class,
            description = "How long a session that has lost all its paths waits for one to come back, if its peer can "
                    + "(default: ${DEFAULT-VALUE}; 0: not at all).")
    private Duration resumptionTimeout = Duration.ofMinutes(1);

    @Option(
            names = "--scheduler",
            paramLabel = "NAME",
            converter = SchedulerConverter.class,
            completionCandidates = SchedulerNames.class,
            description =
                    "What decides which path carries the next frame that this end sends: ${COMPLETION-CANDIDATES} "
                            + "(default: earliest).")
    private Schedulers scheduler = Schedulers.EARLIEST;

    @Option(
            names = "--stats",
            paramLabel = "TIME",
            converter = TimeSpan.Period.class,
            description = "Print each session's table of paths to standard error this often, and when it ends.")
    private Duration statsPeriod;

    @Option(
            names = "--json",
            description =
                    "Print the end of each session, and what --stats prints, as JSON: an object a line, on standard "
                            + "error.")
    private boolean json;

    @Option(
            names = "--progress",
            description = "Show how much the first session has moved, and how fast on each path, on standard error.")
    private boolean progress;

    @Option(
            names = {"-v", "--verbose"},
            description = "Log path events to standard error; twice: details and stack traces.")
    private boolean[] verbosity = new boolean[0];

    /** Read before all others: {@link ConfigFile}. */
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "Take options from this file as well, a line each and by their long names: 'psk-file = FILE', "
                            + "'echo = true', 'listen.port = 4001,4002' for one command only, 'paths = A B'. What the command line "
                            + "says goes before; paths are added to its own.")
    private String config;

    @Mixin
    private ViewOptions views;

    Duration idleLimit() {
        return idleLimit;
    }

    /** How long a session lives without any path; {@link #MAX_RESUMPTION} stands for ever. */
    Duration resumptionTimeout() {
        return resumptionTimeout.compareTo(MAX_RESUMPTION) < 0 ? resumptionTimeout : MAX_RESUMPTION;
    }

    /** Makes a scheduler for each session. */
    Schedulers scheduler() {
        return scheduler;
    }

    /** How often to print statistics, or null for never. */
    Duration statsPeriod() {
        return statsPeriod;
    }

    boolean isJson() {
        return json;
    }

    /** Where statistics and ends go. */
    SessionReport report(Stdio stdio) {
        if (json) {
            return new SessionReport.Json(stdio.err(), statsPeriod != null);
        }
        return statsPeriod == null ? SessionReport.NONE : new SessionReport.Table(stdio.err());
    }

    /** What shows how far the first session is, or null. */
    TransferProgress progress(Stdio stdio) {
        return progress
                ? new TransferProgress(
                        stdio.err(), Terminal.isError() && stdio.isProcess(), stdio.inputBytes(), System.nanoTime())
                : null;
    }

    ViewOptions views() {
        return views;
    }

    int verbosity() {
        return verbosity.length;
    }

    /** For help and completion. */
    private static final class SchedulerNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Schedulers.words().iterator();
        }
    }

    private static final class SchedulerConverter implements ITypeConverter<Schedulers> {
        @Override
        public Schedulers convert(String word) {
            try {
                return Schedulers.byName(word);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
