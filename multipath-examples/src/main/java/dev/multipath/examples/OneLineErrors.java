package dev.multipath.examples;

import dev.multipath.examples.stream.Reasons;
import dev.multipath.examples.tls.UnusableFileException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong in one line on standard error; {@code -v -v} adds the stack trace. */
final class OneLineErrors implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final Stdio stdio;

    OneLineErrors(Stdio stdio) {
        this.stdio = stdio;
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName(" ");
        stdio.complain(e.getMessage() + suggestion(e) + " (see " + command + " --help)");
        return ExitCode.USAGE;
    }

    /** What may have been meant, where something was mistyped. */
    private static String suggestion(ParameterException e) {
        List<String> similar =
                e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        return similar.isEmpty() ? "" : ", did you mean " + similar.get(0) + "?";
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine commandLine, ParseResult parsed) {
        if (e instanceof UnusableAddressException || e instanceof UnusableFileException) {
            return handleParseException(new ParameterException(commandLine, e.getMessage()), new String[0]);
        }
        if (Signals.areEndingIt()) {
            return ExitCode.SOFTWARE; // Ctrl-C closed the streams: what they complain of is no news
        }
        stdio.complain(Reasons.of(e));
        if (Verbosity.showsStackTraces()) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            stdio.err().print(SafeStackTrace.escape(trace.toString()));
        }
        return ExitCode.SOFTWARE;
    }
}
