package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.report.Variant;
import dev.multipath.benchmarks.stack.Idle;
import dev.multipath.benchmarks.stack.Stack;
import dev.multipath.benchmarks.stack.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a session holds that does nothing. */
@Command(
        name = "memory",
        description = "Heap of an idle session, both ends, beside as many plain connections as it has subflows.",
        mixinStandardHelpOptions = true)
public final class Memory implements Callable<Integer> {

    @Mixin
    private StackOptions options;

    @Option(names = "--sessions", description = "How many (default: ${DEFAULT-VALUE}).")
    private int sessions = 500;

    @Override
    public Integer call() throws Exception {
        for (int count : options.subflows()) {
            List<Variant> variants = new ArrayList<>();
            for (Transport transport : options.transports()) {
                Idle idle = new Idle(sessions, count);
                Stack plain = options.plain(transport);
                Stack multipath = options.multipath(transport, count);
                String baseline = plain + " x " + count;
                variants.add(new Variant(baseline, baseline, () -> idle.run(plain)));
                variants.add(new Variant(multipath.toString(), baseline, () -> idle.run(multipath)));
            }
            options.run("idle session, " + count + " subflow" + (count == 1 ? "" : "s"), variants);
        }
        return 0;
    }
}
