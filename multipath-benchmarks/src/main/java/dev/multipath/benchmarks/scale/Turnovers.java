package dev.multipath.benchmarks.scale;

import dev.multipath.benchmarks.stack.Stack;
import dev.multipath.benchmarks.stack.Turnover;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whether very many sessions leave something behind. */
@Command(
        name = "turnover",
        description =
                "Sessions opened, used for a byte and closed, one after the other: the heap of both ends meanwhile.",
        mixinStandardHelpOptions = true)
public final class Turnovers implements Callable<Integer> {

    @Mixin
    private ManySessions sessions = new ManySessions(100_000);

    @Option(names = "--looks", description = "How often the heap is looked at (default: ${DEFAULT-VALUE}).")
    private int looks = 10;

    @Override
    public Integer call() throws Exception {
        List<Long> heapBytes =
                new Turnover(sessions.count(), looks).run(new Stack(sessions.transport(), sessions.subflows(), false));
        System.out.println("| sessions closed | heap of both ends, KiB |");
        System.out.println("| ---: | ---: |");
        for (int look = 0; look < heapBytes.size(); look++) {
            System.out.printf(
                    Locale.ROOT, "| %d | %.0f |%n", look * (sessions.count() / looks), heapBytes.get(look) / 1024.0);
        }
        return 0;
    }
}
