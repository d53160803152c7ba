package dev.multipath.examples;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Entry point of {@code multipath.jar}. */
@Command(
        name = "multipath",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "One reliable byte stream over several TCP paths; speaks with Go's multipath and bondcat.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:success", "1:the work failed: no path, lost or truncated stream, wrong data", "2:wrong usage"
        },
        footer = {"", "Try: multipath demo"})
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    private Main() {}

    /**
     * Runs one command and ends the process with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        MemoryLimits.apply();
        System.exit(commandLine(Stdio.ofProcess()).execute(args));
    }

    /** The whole command line over the given standard streams; tests run it in their own process. */
    static CommandLine commandLine(Stdio stdio) {
        return new CommandLine(new Main())
                .addSubcommand(new ListenCommand(stdio))
                .addSubcommand(new ConnectCommand(stdio))
                .addSubcommand(new WebCommand(stdio))
                .addSubcommand(new DemoCommand(stdio))
                .setErr(stdio.errWriter())
                .setOut(stdio.outWriter())
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler(new OneLineErrors(stdio))
                .setExecutionExceptionHandler(new OneLineErrors(stdio));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed: listen, connect, web or demo");
    }
}
