package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Reading;
import dev.multipath.benchmarks.report.Variant;
import dev.multipath.benchmarks.stack.Bulk;
import dev.multipath.benchmarks.stack.Echo;
import dev.multipath.benchmarks.stack.Stack;
import dev.multipath.benchmarks.stack.Transport;
import io.netty.channel.WriteBufferWaterMark;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Who is faster. */
@Command(
        name = "go",
        description = "Go's own multipath library and this one in turn, each with both ends in one process.",
        mixinStandardHelpOptions = true)
public final class BesideGo implements Callable<Integer> {

    private static final int SMALL_WRITE_BYTES = 1024;
    private static final int SMALL_WRITES_PER_FLUSH = 64;
    private static final String GO = "Go multipath";

    @Mixin
    private RoundOptions options;

    @Option(names = "--paths", description = "Default: ${DEFAULT-VALUE}.")
    private int paths = 2;

    @Option(names = "--writes", split = ",", description = "Bytes of each write (default: ${DEFAULT-VALUE}).")
    private int[] writes = {64, 1 << 10, 16 << 10, 64 << 10};

    @Option(names = "--requests", split = ",", description = "Bytes of each request (default: ${DEFAULT-VALUE}).")
    private int[] requests = {64};

    @Override
    public Integer call() throws Exception {
        if (!GoBench.isAvailable()) {
            System.out.println("skipped: go is not on the path");
            return 0;
        }
        GoBench go = GoBench.build();
        for (int writeBytes : writes) {
            Bulk bulk = new Bulk(
                    writeBytes,
                    writeBytes <= SMALL_WRITE_BYTES ? SMALL_WRITES_PER_FLUSH : 1,
                    false,
                    WriteBufferWaterMark.DEFAULT,
                    1);
            options.run(
                    "beside Go, bulk, " + writeBytes + " B writes",
                    variants(
                            () -> go.bulk(writeBytes, paths, options.duration()),
                            stack -> only(bulk.run(stack, options.duration()), Metric.MEGABYTES_PER_SECOND)));
        }
        for (int requestBytes : requests) {
            Echo echo = new Echo(requestBytes, 1);
            options.run(
                    "beside Go, echo, " + requestBytes + " B",
                    variants(
                            () -> go.echo(requestBytes, paths, options.duration()),
                            stack -> only(echo.run(stack, options.duration()), Metric.P50_MICROS, Metric.P99_MICROS)));
        }
        return 0;
    }

    @FunctionalInterface
    private interface Measurement {
        Reading of(Stack stack) throws Exception;
    }

    private List<Variant> variants(Variant.Run go, Measurement ours) {
        List<Variant> variants = new ArrayList<>();
        variants.add(new Variant(GO, GO, go));
        for (Transport transport : options.transports()) {
            Stack stack = new Stack(transport, paths, false);
            variants.add(new Variant(stack.toString(), GO, () -> ours.of(stack)));
        }
        return variants;
    }

    private static Reading only(Reading reading, Metric... metrics) {
        Map<Metric, Double> values = new LinkedHashMap<>();
        for (Metric metric : metrics) {
            values.put(metric, reading.values().get(metric));
        }
        return new Reading(values);
    }
}
