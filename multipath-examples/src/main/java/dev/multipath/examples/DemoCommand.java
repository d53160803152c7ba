package dev.multipath.examples;

import dev.multipath.examples.demo.Demo;
import dev.multipath.examples.demo.GoodputPlot;
import dev.multipath.examples.stream.Reasons;
import dev.multipath.examples.view.Views;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what several paths do together. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "Send data over two emulated paths of different rate and delay, blackhole the better one on the way, "
                    + "restore it, and check that every byte came through.",
            "The last line on standard output is 'demo: ok ...' or 'demo: failed ...'. Beside the goodput it gives what "
                    + "one plain TCP connection got through the better path in the same run, and the longest time in "
                    + "which nothing arrived."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every byte came through",
            "1:something was lost, wrong or too slow",
            "2:wrong usage",
            "130, 143:ended by Ctrl-C and SIGTERM"
        })
final class DemoCommand implements Callable<Integer> {
    private final Stdio stdio;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            defaultValue = "64MiB",
            converter = ByteSize.Converter.class,
            description = "How much to send: 500k, 64MiB, 1GiB (default: ${DEFAULT-VALUE}).")
    private ByteSize size;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            converter = TimeSpan.class,
            description = "Fail when the run takes longer (default: fits the size).")
    private Duration timeLimit;

    @Option(names = "--no-progress", description = "Show no progress on standard error.")
    private boolean noProgress;

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            converter = PlotConverter.class,
            description = "Draw what arrived by each path over time, with the blackhole, to this .png or .svg file.")
    private GoodputPlot plot;

    @Mixin
    private ViewOptions viewOptions;

    DemoCommand(Stdio stdio) {
        this.stdio = stdio;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Views views = viewOptions.open(stdio);
                Demo demo =
                        new Demo(size.bytes(), timeLimit, out, noProgress ? null : stdio.err(), plot, views::watch)) {
            out.println(demo.run());
            return ExitCode.OK;
        } catch (TimeoutException e) {
            return failed(out, "timeout");
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return failed(out, Reasons.of(e));
        }
    }

    private static int failed(PrintWriter out, String reason) {
        out.println("demo: failed " + reason.replaceAll("\\s*\\R\\s*", "; "));
        return ExitCode.SOFTWARE;
    }
}
