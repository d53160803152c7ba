package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.stack.Echo;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How long an answer takes. */
@Command(
        name = "latency",
        description = "One request after the other over loopback: plain Netty TCP and multipath in turn.",
        mixinStandardHelpOptions = true)
public final class Latency implements Callable<Integer> {

    @Mixin
    private StackOptions options;

    @Option(names = "--requests", split = ",", description = "Bytes of each request (default: ${DEFAULT-VALUE}).")
    private int[] requests = {64, 16 << 10};

    @Option(names = "--connections", description = "At the same time (default: ${DEFAULT-VALUE}).")
    private int connections = 1;

    @Override
    public Integer call() throws Exception {
        for (int requestBytes : requests) {
            Echo echo = new Echo(requestBytes, connections);
            options.run(
                    "echo, " + requestBytes + " B" + (connections == 1 ? "" : ", " + connections + " connections"),
                    options.besidePlain(stack -> () -> echo.run(stack, options.duration())));
        }
        return 0;
    }
}
