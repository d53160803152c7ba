package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.report.Floor;
import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Result;
import dev.multipath.benchmarks.report.Rounds;
import dev.multipath.benchmarks.report.Variant;
import dev.multipath.benchmarks.stack.Bulk;
import dev.multipath.benchmarks.stack.Echo;
import dev.multipath.benchmarks.stack.Stack;
import dev.multipath.benchmarks.stack.Transport;
import io.netty.channel.WriteBufferWaterMark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Whether something is grossly slower than it should be: a little of everything, in less than two minutes. */
@Command(
        name = "smoke",
        description = "A short run that prints ratios to plain Netty, and fails if one is far below its floor.",
        mixinStandardHelpOptions = true)
public final class Smoke implements Callable<Integer> {

    /** Of a floor: what is below that is no noise. */
    static final double LOOSENED = 0.8;

    private static final int WARMUP = 1;
    private static final int ROUNDS = 3;
    private static final Duration DURATION = Duration.ofMillis(400);
    private static final int[] SUBFLOWS = {1, 2};
    private static final WriteBufferWaterMark RAISED = new WriteBufferWaterMark(512 << 10, 1 << 20);
    private static final int WRITES_PER_FLUSH = 64;

    private record Experiment(String title, Floor floor, Measurement measurement) {}

    @FunctionalInterface
    private interface Measurement {
        Variant.Run of(Stack stack);
    }

    /** The floors of an idle machine. */
    private static final List<Experiment> EXPERIMENTS = List.of(
            bulk(64 << 10, Integer.MAX_VALUE, 0.95),
            bulk(16 << 10, Integer.MAX_VALUE, 0.95),
            bulk(1 << 10, WRITES_PER_FLUSH, 1.0),
            bulk(64, WRITES_PER_FLUSH, 1.1),
            echo(64, 1.1),
            echo(16 << 10, 1.1));

    private static Experiment bulk(int writeBytes, int writesPerFlush, double floor) {
        Bulk bulk = new Bulk(writeBytes, writesPerFlush, false, RAISED, 1);
        return new Experiment(
                "bulk, " + writeBytes + " B writes",
                new Floor(Metric.MEGABYTES_PER_SECOND, floor, Floor.Bound.AT_LEAST),
                stack -> () -> bulk.run(stack, DURATION));
    }

    private static Experiment echo(int requestBytes, double floor) {
        Echo echo = new Echo(requestBytes, 1);
        return new Experiment(
                "echo, " + requestBytes + " B",
                new Floor(Metric.P50_MICROS, floor, Floor.Bound.AT_MOST),
                stack -> () -> echo.run(stack, DURATION));
    }

    @Override
    public Integer call() throws Exception {
        boolean failed = false;
        System.out.println("Medians of the ratio to plain Netty (min..max), floors loosened for noise:");
        for (Experiment experiment : EXPERIMENTS) {
            failed |= !run(experiment);
        }
        return failed ? 1 : 0;
    }

    private static boolean run(Experiment experiment) throws Exception {
        Transport transport = Transport.EPOLL.isAvailable() ? Transport.EPOLL : Transport.NIO;
        String plain = new Stack(transport, 0, false).toString();
        List<Variant> variants = new ArrayList<>();
        variants.add(new Variant(plain, plain, experiment.measurement.of(new Stack(transport, 0, false))));
        for (int count : SUBFLOWS) {
            Stack stack = new Stack(transport, count, false);
            variants.add(new Variant(stack.toString(), plain, experiment.measurement.of(stack)));
        }
        Result result = new Rounds(WARMUP, ROUNDS, System.err).run(experiment.title, variants);
        boolean busy = !result.doubts().isEmpty();
        result.doubts().forEach(doubt -> System.out.println("the machine is busy, so nothing is judged: " + doubt));
        Floor floor = experiment.floor.loosened(LOOSENED);
        boolean met = true;
        for (Variant variant : variants) {
            if (variant.isBaseline()) {
                continue;
            }
            var ratio = result.comparison(variant, floor.metric());
            boolean good = floor.isMet(result, variant);
            met &= good;
            System.out.printf(
                    Locale.ROOT,
                    "%-22s %-20s %5.2f (%.2f..%.2f)  floor: %s%s%n",
                    experiment.title,
                    variant.label(),
                    ratio.median(),
                    ratio.min(),
                    ratio.max(),
                    floor,
                    busy ? "" : good ? ", met" : ", MISSED");
        }
        return busy || met;
    }
}
