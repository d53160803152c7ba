package dev.multipath.benchmarks.scale;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.multipath.benchmarks.stack.Heap;
import dev.multipath.benchmarks.stack.Transport;
import dev.multipath.channel.MemoryBudget;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What very many sessions that do nothing cost a server. */
@Command(
        name = "crowd",
        description =
                "Idle sessions in one server, whose clients run in another JVM: its heap, the kernel's memory, files and processor time.",
        mixinStandardHelpOptions = true)
public final class IdleCrowd implements Callable<Integer> {

    @Mixin
    private ManySessions sessions = new ManySessions(10_000);

    @Option(names = "--seconds", description = "How long they are watched (default: ${DEFAULT-VALUE}).")
    private int seconds = 30;

    /** Made by the command line. */
    public IdleCrowd() {}

    /** What was seen. */
    record Seen(double heapKibEach, double kernelKibEach, long openFiles, double cpuPercent) {}

    static Seen watch(Transport transport, int sessions, int subflows, int seconds) throws Exception {
        UnixOperatingSystemMXBean system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        ChannelHandler nothing = new Nothing();
        try (Crowd crowd = new Crowd(transport, subflows, MemoryBudget.shared(), () -> nothing)) {
            long before = Heap.usedBytes();
            double kernelBeforeBytes = KernelMemory.usedBytes();
            crowd.gather(transport, sessions, CrowdClient.Reading.ALL);
            double heapKibEach = (Heap.usedBytes() - before) / 1024.0 / sessions;
            // The clients' sockets are of this machine, too.
            double kernelKibEach = (KernelMemory.usedBytes() - kernelBeforeBytes) / 2 / 1024.0 / sessions;
            long cpuBeforeNanos = system.getProcessCpuTime();
            TimeUnit.SECONDS.sleep(seconds);
            long cpuNanos = system.getProcessCpuTime() - cpuBeforeNanos;
            if (crowd.size() != sessions) {
                throw new IllegalStateException("only " + crowd.size() + " sessions are left");
            }
            double cpuPercent = 100.0 * cpuNanos / TimeUnit.SECONDS.toNanos(seconds);
            return new Seen(heapKibEach, kernelKibEach, system.getOpenFileDescriptorCount(), cpuPercent);
        }
    }

    @Override
    public Integer call() throws Exception {
        Seen seen = watch(sessions.transport(), sessions.count(), sessions.subflows(), seconds);
        System.out.println(
                "| sessions | subflows of each | heap of each, sockets' channels included, KiB | kernel's memory for the sockets of each, KiB | open files | processor, % of a core | of each, us a second |");
        System.out.println("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        System.out.printf(
                Locale.ROOT,
                "| %d | %d | %.2f | %.2f | %d | %.1f | %.1f |%n",
                sessions.count(),
                sessions.subflows(),
                seen.heapKibEach(),
                seen.kernelKibEach(),
                seen.openFiles(),
                seen.cpuPercent(),
                seen.cpuPercent() / 100 * TimeUnit.SECONDS.toMicros(1) / sessions.count());
        return 0;
    }

    @ChannelHandler.Sharable
    private static final class Nothing extends ChannelInboundHandlerAdapter {}
}
