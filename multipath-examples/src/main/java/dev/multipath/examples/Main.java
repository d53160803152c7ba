package dev.multipath.examples;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
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
        footer = {
            "",
            "Try: multipath demo",
            "In bash and zsh, 'source <(multipath generate-completion)' completes commands and options."
        })
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
        System.exit(execute(Stdio.ofProcess(), args));
    }

    /** Runs one command over the given standard streams, and returns its exit code; tests run it in their own process. */
    static int execute(Stdio stdio, String... args) {
        TextOutput output = new TextOutput(stdio.out());
        CommandLine program = commandLine(stdio, output);
        int exitCode;
        try {
            exitCode = program.execute(ConfigFile.expand(program, args));
        } catch (ParameterException e) {
            exitCode = new OneLineErrors(stdio).handleParseException(e, args);
        }
        if (output.isWhole()) {
            return exitCode;
        }
        if (output.reason() != null) {
            stdio.complain("standard output: " + output.reason());
        }
        return ExitCode.SOFTWARE;
    }

    private static CommandLine commandLine(Stdio stdio, TextOutput output) {
        return new CommandLine(new Main())
                .addSubcommand(new ListenCommand(stdio))
                .addSubcommand(new ConnectCommand(stdio))
                .addSubcommand(new BenchCommand(stdio))
                .addSubcommand(new WebCommand(stdio))
                .addSubcommand(new DemoCommand(stdio))
                .addSubcommand(new AutoComplete.GenerateCompletion())
                .addSubcommand(new ManCommand())
                .setErr(stdio.errWriter())
                .setOut(output.writer())
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler(new OneLineErrors(stdio))
                .setExecutionExceptionHandler(new OneLineErrors(stdio));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed: listen, connect, bench, web or demo");
    }
}
