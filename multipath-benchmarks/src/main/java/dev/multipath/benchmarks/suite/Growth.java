package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.report.Curve;
import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Reading;
import dev.multipath.benchmarks.report.Variant;
import dev.multipath.benchmarks.stack.Bulk;
import dev.multipath.benchmarks.stack.Echo;
import dev.multipath.benchmarks.stack.Stack;
import dev.multipath.benchmarks.stack.Transport;
import io.netty.channel.WriteBufferWaterMark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How the processor time of a GB, and of a request, grows with what there is more of. */
@Command(
        name = "growth",
        description =
                "Processor time beside plain Netty's as subflows become more, frames larger, sessions more: curves.",
        mixinStandardHelpOptions = true)
public final class Growth implements Callable<Integer> {

    private static final WriteBufferWaterMark RAISED = new WriteBufferWaterMark(512 << 10, 1 << 20);
    private static final Bulk BULK = new Bulk(64 << 10, Integer.MAX_VALUE, false, RAISED, 1);
    private static final int REQUEST_BYTES = 64;

    /** Of sessions, and of bulk whose frames differ. */
    private static final int SUBFLOWS = 2;

    /** What grows. */
    public enum Subject {
        /** The subflows of a session that moves bulk. */
        SUBFLOWS,
        /** The frames of bulk. */
        FRAMES,
        /** Sessions that send requests at the same time. */
        SESSIONS
    }

    @Mixin
    private StackOptions options = new StackOptions(1, 2, 4, 8, 16);

    @Option(names = "--of", split = ",", description = "Of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Subject[] subjects = Subject.values();

    @Option(names = "--frames", split = ",", description = "Bytes of frames (default: ${DEFAULT-VALUE}).")
    private int[] frames = {1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10};

    @Option(names = "--counts", split = ",", description = "Sessions (default: ${DEFAULT-VALUE}).")
    private int[] counts = {1, 4, 16, 64, 256, 1024};

    /** Made by the command line. */
    public Growth() {}

    @Override
    public Integer call() throws Exception {
        for (Subject subject : subjects) {
            switch (subject) {
                case SUBFLOWS -> growSubflows();
                case FRAMES -> growFrames();
                case SESSIONS -> growSessions();
            }
        }
        return 0;
    }

    private void growSubflows() throws Exception {
        Lines lines = new Lines();
        for (Transport transport : options.transports()) {
            Variant plain = lines.add(options.plain(transport), "", BULK::run);
            for (int count : options.subflows()) {
                lines.add(count, options.multipath(transport, count), "", BULK::run, plain);
            }
        }
        lines.run("bulk by subflows", "subflows", Metric.CPU_SECONDS_PER_GIGABYTE);
    }

    private void growFrames() throws Exception {
        Lines lines = new Lines();
        for (Transport transport : options.transports()) {
            Variant plain = lines.add(options.plain(transport), "", BULK::run);
            for (int bytes : frames) {
                Stack stack = options.multipath(transport, SUBFLOWS).withMaxFrameBytes(bytes);
                lines.add(bytes, stack, "", BULK::run, plain);
            }
        }
        lines.run("bulk by size of frames", "most bytes of a frame", Metric.CPU_SECONDS_PER_GIGABYTE);
    }

    private void growSessions() throws Exception {
        Lines lines = new Lines();
        for (Transport transport : options.transports()) {
            for (int count : counts) {
                Echo echo = new Echo(REQUEST_BYTES, count);
                Variant plain = lines.add(options.plain(transport), " x " + count, echo::run);
                lines.add(count, options.multipath(transport, SUBFLOWS), " x " + count, echo::run, plain);
            }
        }
        lines.run("echo by sessions", "sessions of " + SUBFLOWS + " subflows", Metric.CPU_MICROS_PER_REQUEST);
    }

    @FunctionalInterface
    private interface Load {
        Reading run(Stack stack, Duration duration) throws Exception;
    }

    /** The variants of one experiment, and which of them are points. */
    private final class Lines {
        private final List<Variant> variants = new ArrayList<>();
        private final List<Curve.Point> points = new ArrayList<>();

        Variant add(Stack plain, String suffix, Load load) {
            String label = plain + suffix;
            Variant variant = new Variant(label, label, () -> load.run(plain, options.duration()));
            variants.add(variant);
            return variant;
        }

        void add(int at, Stack stack, String suffix, Load load, Variant plain) {
            Variant variant = new Variant(stack + suffix, plain.label(), () -> load.run(stack, options.duration()));
            variants.add(variant);
            points.add(new Curve.Point(stack.transport().toString(), at, variant));
        }

        void run(String title, String over, Metric metric) throws Exception {
            options.run(title, variants, new Curve(over, metric, points));
        }
    }
}
