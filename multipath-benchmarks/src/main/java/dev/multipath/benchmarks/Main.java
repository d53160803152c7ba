package dev.multipath.benchmarks;

import dev.multipath.benchmarks.fleet.Fleet;
import dev.multipath.benchmarks.paths.PathClient;
import dev.multipath.benchmarks.paths.PathServer;
import dev.multipath.benchmarks.scale.IdleCrowd;
import dev.multipath.benchmarks.scale.StalledReaders;
import dev.multipath.benchmarks.scale.Turnovers;
import dev.multipath.benchmarks.suite.BesideGo;
import dev.multipath.benchmarks.suite.Growth;
import dev.multipath.benchmarks.suite.Latency;
import dev.multipath.benchmarks.suite.Memory;
import dev.multipath.benchmarks.suite.Openings;
import dev.multipath.benchmarks.suite.Sessions;
import dev.multipath.benchmarks.suite.Smoke;
import dev.multipath.benchmarks.suite.Throughput;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/** Entry point of {@code benchmarks.jar}: the first argument names what to run, the others are for that. */
public final class Main {
    private static final int EXIT_USAGE = 2;

    private Main() {}

    /**
     * Runs one benchmark tool.
     *
     * @param args the tool's name, then its arguments
     * @throws Exception what the tool throws
     */
    public static void main(String[] args) throws Exception {
        String tool = args.length == 0 ? "" : args[0];
        String[] toolArgs = Arrays.copyOfRange(args, Math.min(1, args.length), args.length);
        switch (tool) {
            case "jmh" -> org.openjdk.jmh.Main.main(toolArgs);
            case "side-by-side" -> run(new SideBySide(), toolArgs);
            case "throughput" -> run(new Throughput(), toolArgs);
            case "latency" -> run(new Latency(), toolArgs);
            case "sessions" -> run(new Sessions(), toolArgs);
            case "memory" -> run(new Memory(), toolArgs);
            case "churn" -> run(new Openings(), toolArgs);
            case "growth" -> run(new Growth(), toolArgs);
            case "turnover" -> run(new Turnovers(), toolArgs);
            case "crowd" -> run(new IdleCrowd(), toolArgs);
            case "stalled" -> run(new StalledReaders(), toolArgs);
            case "smoke" -> run(new Smoke(), toolArgs);
            case "go" -> run(new BesideGo(), toolArgs);
            case "fleet" -> run(new Fleet(), toolArgs);
            case "path-server" -> run(new PathServer(), toolArgs);
            case "path-client" -> run(new PathClient(), toolArgs);
            default -> {
                System.err.println("usage: java -jar benchmarks.jar jmh [JMH's options] | "
                        + "side-by-side | throughput | latency | sessions | memory | growth | churn | turnover | crowd | stalled | go | smoke | fleet | "
                        + "path-server | path-client [--help]");
                System.exit(EXIT_USAGE);
            }
        }
    }

    private static void run(Callable<Integer> tool, String[] args) {
        System.exit(new CommandLine(tool).execute(args));
    }
}
