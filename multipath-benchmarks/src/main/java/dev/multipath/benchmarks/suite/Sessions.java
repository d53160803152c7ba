package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.report.Variant;
import dev.multipath.benchmarks.stack.Echo;
import dev.multipath.benchmarks.stack.Stack;
import dev.multipath.benchmarks.stack.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What many of them cost. */
@Command(
        name = "sessions",
        description =
                "Echo by many sessions at once: as many plain connections, twice as many, and multipath, in turn.",
        mixinStandardHelpOptions = true)
public final class Sessions implements Callable<Integer> {

    @Mixin
    private StackOptions options;

    @Option(names = "--counts", split = ",", description = "Sessions (default: ${DEFAULT-VALUE}).")
    private int[] counts = {1, 4, 16, 64};

    @Option(names = "--request", description = "Bytes of each request (default: ${DEFAULT-VALUE}).")
    private int requestBytes = 64;

    @Override
    public Integer call() throws Exception {
        for (int count : counts) {
            Echo once = new Echo(requestBytes, count);
            Echo twice = new Echo(requestBytes, 2 * count);
            List<Variant> variants = new ArrayList<>();
            for (Transport transport : options.transports()) {
                List<Variant> each = options.besidePlain(transport, stack -> () -> once.run(stack, options.duration()));
                Stack plain = options.plain(transport);
                variants.addAll(each);
                variants.add(new Variant(
                        plain + ", twice as many", each.get(0).label(), () -> twice.run(plain, options.duration())));
            }
            options.run("echo " + requestBytes + " B, " + count + " sessions", variants);
        }
        return 0;
    }
}
