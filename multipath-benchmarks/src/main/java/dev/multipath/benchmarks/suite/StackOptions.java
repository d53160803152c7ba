package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.report.Curve;
import dev.multipath.benchmarks.report.Variant;
import dev.multipath.benchmarks.stack.Stack;
import dev.multipath.benchmarks.stack.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What commands have in common that hold multipath against plain Netty: over how many subflows, encrypted or not. */
final class StackOptions {

    @Mixin
    private RoundOptions rounds;

    @Option(names = "--subflows", split = ",", description = "Numbers of subflows (default: ${DEFAULT-VALUE}).")
    private int[] subflows;

    @Option(names = "--tls", description = "Encrypt each connection.")
    private boolean tls;

    @Option(
            names = "--one-loop",
            description = "Both ends on one event loop: processor time as it is on a busy machine too.")
    private boolean oneLoop;

    StackOptions() {
        this(1, 2, 4);
    }

    StackOptions(int... defaultSubflows) {
        subflows = defaultSubflows;
    }

    Duration duration() {
        return rounds.duration();
    }

    List<Transport> transports() {
        return rounds.transports();
    }

    int[] subflows() {
        int[] distinct = Arrays.stream(subflows).distinct().toArray();
        for (int count : distinct) {
            if (count < 1) {
                throw new IllegalArgumentException("--subflows " + count);
            }
        }
        return distinct;
    }

    private Stack.Loops loops() {
        return oneLoop ? Stack.Loops.ONE : Stack.Loops.TWO;
    }

    Stack plain(Transport transport) {
        return new Stack(transport, 0, tls, loops());
    }

    Stack multipath(Transport transport, int count) {
        return new Stack(transport, count, tls, loops());
    }

    /** Plain Netty of each transport, and multipath beside it. */
    List<Variant> besidePlain(Function<Stack, Variant.Run> run) {
        List<Variant> variants = new ArrayList<>();
        for (Transport transport : transports()) {
            variants.addAll(besidePlain(transport, run));
        }
        return variants;
    }

    /** Plain Netty of one transport, and multipath beside it. */
    List<Variant> besidePlain(Transport transport, Function<Stack, Variant.Run> run) {
        List<Variant> variants = new ArrayList<>();
        Stack plain = plain(transport);
        variants.add(new Variant(plain.toString(), plain.toString(), run.apply(plain)));
        for (int count : subflows()) {
            Stack stack = multipath(transport, count);
            variants.add(new Variant(stack.toString(), plain.toString(), run.apply(stack)));
        }
        return variants;
    }

    /** Measures, prints, writes. */
    void run(String title, List<Variant> variants) throws Exception {
        rounds.run(title + conditions(), variants);
    }

    /** As {@link #run}, with the chart of a curve. */
    void run(String title, List<Variant> variants, Curve curve) throws Exception {
        rounds.run(title + conditions(), variants, curve);
    }

    private String conditions() {
        return (tls ? ", TLS" : "") + (oneLoop ? ", both ends on one loop" : "");
    }
}
