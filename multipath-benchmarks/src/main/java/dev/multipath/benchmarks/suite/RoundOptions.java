package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.report.Result;
import dev.multipath.benchmarks.report.ResultFiles;
import dev.multipath.benchmarks.report.Rounds;
import dev.multipath.benchmarks.report.TextTable;
import dev.multipath.benchmarks.report.Variant;
import dev.multipath.benchmarks.stack.Stack;
import dev.multipath.benchmarks.stack.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** What all commands have in common: how often and how long to measure, over what, and where the results go. */
final class RoundOptions {

    @Option(names = "--rounds", description = "Counted rounds (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--warmup", description = "Rounds before them (default: ${DEFAULT-VALUE}).")
    private int warmup = 2;

    @Option(names = "--seconds", description = "Length of one measurement (default: ${DEFAULT-VALUE}).")
    private double seconds = 1;

    @Option(names = "--subflows", split = ",", description = "Numbers of subflows (default: ${DEFAULT-VALUE}).")
    private int[] subflows = {1, 2, 4};

    @Option(names = "--transports", split = ",", description = "Of ${COMPLETION-CANDIDATES}; default: all there are.")
    private Transport[] transports = Transport.values();

    @Option(names = "--tls", description = "Encrypt each connection.")
    private boolean tls;

    @Option(names = "--out", description = "Directory for JSON and charts (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of("benchmark-results");

    @Option(names = "--anyway", description = "Show figures of a busy machine.")
    private boolean anyway;

    Duration duration() {
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    List<Transport> transports() {
        return Arrays.stream(transports).filter(Transport::isAvailable).toList();
    }

    int[] subflows() {
        return subflows.clone();
    }

    /** Plain Netty of each transport, and multipath beside it. */
    List<Variant> besidePlain(Function<Stack, Variant.Run> run) {
        List<Variant> variants = new ArrayList<>();
        for (Transport transport : transports()) {
            variants.addAll(besidePlain(transport, "", run));
        }
        return variants;
    }

    /** Plain Netty of one transport, and multipath beside it. */
    List<Variant> besidePlain(Transport transport, String suffix, Function<Stack, Variant.Run> run) {
        List<Variant> variants = new ArrayList<>();
        Stack plain = new Stack(transport, 0, tls);
        variants.add(new Variant(plain + suffix, plain + suffix, run.apply(plain)));
        for (int count : subflows) {
            Stack stack = new Stack(transport, count, tls);
            variants.add(new Variant(stack + suffix, plain + suffix, run.apply(stack)));
        }
        return variants;
    }

    /** Measures, prints, writes. */
    void run(String title, List<Variant> variants) throws Exception {
        Result result = new Rounds(warmup, rounds, System.err).run(title + (tls ? ", TLS" : ""), variants);
        TextTable.print(result, anyway, System.out);
        ResultFiles.write(result, directory);
    }
}
