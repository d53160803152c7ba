package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.stack.Churn;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What opening and closing costs. */
@Command(
        name = "churn",
        description = "Opened, used once and closed, one after the other: plain Netty TCP and multipath in turn.",
        mixinStandardHelpOptions = true)
public final class Openings implements Callable<Integer> {

    @Mixin
    private StackOptions options;

    @Override
    public Integer call() throws Exception {
        Churn churn = new Churn();
        options.run("churn", options.besidePlain(stack -> () -> churn.run(stack, options.duration())));
        return 0;
    }
}
