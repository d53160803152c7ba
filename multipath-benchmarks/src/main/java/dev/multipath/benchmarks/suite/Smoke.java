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

/** Whether something is grossly slower than it was: a little of everything, in less than two minutes. */
@Command(
        name = "smoke",
        description = "A short run that prints ratios to plain Netty, and fails if one is far below its floor.",
        mixinStandardHelpOptions = true)
public final class Smoke implements Callable<Integer> {

    /** Of what was reached: what is below that is no noise. */
    static final double LOOSENED = 0.8;

    private static final Look FIRST_LOOK = new Look(1, 3, Duration.ofMillis(400));

    /** What looks like a loss in so few rounds may be the compiler's, or another guest's of the machine: then it is looked at well. */
    private static final Look SECOND_LOOK = new Look(2, 7, Duration.ofSeconds(1));

    private static final int[] SUBFLOWS = {1, 2};
    private static final WriteBufferWaterMark RAISED = new WriteBufferWaterMark(512 << 10, 1 << 20);
    private static final int WRITES_PER_FLUSH = 64;

    private record Look(int warmup, int rounds, Duration duration) {}

    /**
     * What is compared.
     *
     * @param wanted the floor of an idle machine
     * @param reached what the project has, which is worse where the floor is missed (docs/PERFORMANCE.md): only what is far
     *     below that is news
     */
    private record Experiment(String title, Floor wanted, Floor reached, Measurement measurement) {}

    @FunctionalInterface
    private interface Measurement {
        Variant.Run of(Stack stack, Duration duration);
    }

    private static final List<Experiment> EXPERIMENTS = List.of(
            bulk(64 << 10, Integer.MAX_VALUE, 0.95, 0.85),
            bulk(16 << 10, Integer.MAX_VALUE, 0.95, 0.85),
            bulk(1 << 10, WRITES_PER_FLUSH, 1.0, 0.75),
            bulk(64, WRITES_PER_FLUSH, 1.1, 1.1),
            echo(64, 1.1, 1.2),
            echo(16 << 10, 1.1, 1.2));

    private static Experiment bulk(int writeBytes, int writesPerFlush, double wanted, double reached) {
        Bulk bulk = new Bulk(writeBytes, writesPerFlush, false, RAISED, 1);
        return new Experiment(
                "bulk, " + writeBytes + " B writes",
                new Floor(Metric.MEGABYTES_PER_SECOND, wanted, Floor.Bound.AT_LEAST),
                new Floor(Metric.MEGABYTES_PER_SECOND, reached, Floor.Bound.AT_LEAST),
                (stack, duration) -> () -> bulk.run(stack, duration));
    }

    private static Experiment echo(int requestBytes, double wanted, double reached) {
        Echo echo = new Echo(requestBytes, 1);
        return new Experiment(
                "echo, " + requestBytes + " B",
                new Floor(Metric.P50_MICROS, wanted, Floor.Bound.AT_MOST),
                new Floor(Metric.P50_MICROS, reached, Floor.Bound.AT_MOST),
                (stack, duration) -> () -> echo.run(stack, duration));
    }

    @Override
    public Integer call() throws Exception {
        boolean failed = false;
        System.out.println(
                "Medians of the ratio to plain Netty (min..max); what was reached, loosened for noise, must be:");
        for (Experiment experiment : EXPERIMENTS) {
            failed |= !run(experiment, FIRST_LOOK) && !run(experiment, SECOND_LOOK);
        }
        return failed ? 1 : 0;
    }

    private static boolean run(Experiment experiment, Look look) throws Exception {
        Transport transport = Transport.EPOLL.isAvailable() ? Transport.EPOLL : Transport.NIO;
        String plain = new Stack(transport, 0, false).toString();
        List<Variant> variants = new ArrayList<>();
        variants.add(
                new Variant(plain, plain, experiment.measurement.of(new Stack(transport, 0, false), look.duration)));
        for (int count : SUBFLOWS) {
            Stack stack = new Stack(transport, count, false);
            variants.add(new Variant(stack.toString(), plain, experiment.measurement.of(stack, look.duration)));
        }
        Result result = new Rounds(look.warmup, look.rounds, System.err).run(experiment.title, variants);
        boolean busy = !result.doubts().isEmpty();
        result.doubts().forEach(doubt -> System.out.println("the machine is busy, so nothing is judged: " + doubt));
        Floor floor = experiment.reached.loosened(LOOSENED);
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
                    "%-22s %-20s %5.2f (%.2f..%.2f)  wanted: %s; at the least %s%s%n",
                    experiment.title,
                    variant.label(),
                    ratio.median(),
                    ratio.min(),
                    ratio.max(),
                    experiment.wanted,
                    floor,
                    busy ? "" : good ? ", met" : ", MISSED");
        }
        return busy || met;
    }
}
