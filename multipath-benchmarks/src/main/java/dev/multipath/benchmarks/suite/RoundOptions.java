package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.report.Curve;
import dev.multipath.benchmarks.report.Result;
import dev.multipath.benchmarks.report.ResultFiles;
import dev.multipath.benchmarks.report.Rounds;
import dev.multipath.benchmarks.report.TextTable;
import dev.multipath.benchmarks.report.Variant;
import dev.multipath.benchmarks.stack.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;

/** What all commands have in common: how often and how long to measure, over what, and where the results go. */
final class RoundOptions {

    @Option(names = "--rounds", description = "Counted rounds (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--warmup", description = "Rounds before them (default: ${DEFAULT-VALUE}).")
    private int warmup = 2;

    @Option(names = "--seconds", description = "Length of one measurement (default: ${DEFAULT-VALUE}).")
    private double seconds = 1;

    @Option(names = "--transports", split = ",", description = "Of ${COMPLETION-CANDIDATES}; default: all there are.")
    private Transport[] transports;

    @Option(names = "--out", description = "Directory for JSON and charts (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of("benchmark-results");

    @Option(names = "--anyway", description = "Show figures of a busy machine.")
    private boolean anyway;

    Duration duration() {
        if (!(seconds > 0)) {
            throw new IllegalArgumentException("--seconds " + seconds);
        }
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    /** What was asked for, or all that this machine has. */
    List<Transport> transports() {
        if (transports == null) {
            return Arrays.stream(Transport.values())
                    .filter(Transport::isAvailable)
                    .toList();
        }
        for (Transport transport : transports) {
            if (!transport.isAvailable()) {
                throw new IllegalArgumentException("this machine has no " + transport);
            }
        }
        return Arrays.stream(transports).distinct().toList();
    }

    /** Measures, prints, writes. */
    void run(String title, List<Variant> variants) throws Exception {
        ResultFiles.write(measure(title, variants), directory);
    }

    /** As {@link #run}, with the chart of a curve. */
    void run(String title, List<Variant> variants, Curve curve) throws Exception {
        ResultFiles.write(measure(title, variants), curve, directory);
    }

    private Result measure(String title, List<Variant> variants) throws Exception {
        Result result = new Rounds(warmup, rounds, System.err).run(title, variants);
        TextTable.print(result, anyway, System.out);
        return result;
    }
}
