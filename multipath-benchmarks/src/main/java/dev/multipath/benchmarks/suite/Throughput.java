package dev.multipath.benchmarks.suite;

import dev.multipath.benchmarks.stack.Bulk;
import io.netty.channel.WriteBufferWaterMark;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How much goes through. */
@Command(
        name = "throughput",
        description = "Bulk over loopback: plain Netty TCP and multipath in turn, for each size of writes.",
        mixinStandardHelpOptions = true)
public final class Throughput implements Callable<Integer> {

    /** Plain TCP flushes after each write of 64 KiB with Netty's default, which costs it a third. */
    private static final WriteBufferWaterMark RAISED = new WriteBufferWaterMark(512 << 10, 1 << 20);

    /** Writes of at most this size are flushed by so many. */
    private static final int SMALL_WRITE_BYTES = 1024;

    private static final int SMALL_WRITES_PER_FLUSH = 64;

    @Mixin
    private StackOptions options;

    @Option(names = "--writes", split = ",", description = "Bytes of each write (default: ${DEFAULT-VALUE}).")
    private int[] writes = {64, 1 << 10, 16 << 10, 64 << 10, 1 << 20};

    @Option(names = "--both-ways", description = "Both ends write.")
    private boolean bothWays;

    @Option(names = "--default-water-mark", description = "Netty's 64 KiB, in the place of 1 MiB.")
    private boolean defaultWaterMark;

    @Option(names = "--connections", description = "At the same time (default: ${DEFAULT-VALUE}).")
    private int connections = 1;

    @Override
    public Integer call() throws Exception {
        for (int writeBytes : writes) {
            int perFlush = writeBytes <= SMALL_WRITE_BYTES ? SMALL_WRITES_PER_FLUSH : Integer.MAX_VALUE;
            Bulk bulk = new Bulk(
                    writeBytes,
                    perFlush,
                    bothWays,
                    defaultWaterMark ? WriteBufferWaterMark.DEFAULT : RAISED,
                    connections);
            String title = "bulk, " + writeBytes + " B writes" + (bothWays ? ", both ways" : "")
                    + (defaultWaterMark ? ", default water mark" : "")
                    + (connections == 1 ? "" : ", " + connections + " connections");
            options.run(title, options.besidePlain(stack -> () -> bulk.run(stack, options.duration())));
        }
        return 0;
    }
}
