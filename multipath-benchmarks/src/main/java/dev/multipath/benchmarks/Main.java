package dev.multipath.benchmarks;

import java.util.Arrays;
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
            case "side-by-side" -> System.exit(new CommandLine(new SideBySide()).execute(toolArgs));
            default -> {
                System.err.println("usage: java -jar benchmarks.jar jmh [JMH's options] | side-by-side [--help]");
                System.exit(EXIT_USAGE);
            }
        }
    }
}
