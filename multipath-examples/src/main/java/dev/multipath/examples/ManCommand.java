package dev.multipath.examples;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints manual pages, made of what picocli knows. (Its own generator makes AsciiDoc, which nothing here can turn into a page.) */
@Command(
        name = "man",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Print the manual page of the program or of one of its commands, as man(1) reads it.",
            "multipath man connect | man -l -"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:success", "2:no such command"})
final class ManCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "Of which command (default: the program itself).")
    private String command;

    @Override
    public void run() {
        CommandLine program = spec.root().commandLine();
        CommandLine chosen =
                command == null ? program : program.getSubcommands().get(command);
        if (chosen == null) {
            throw new ParameterException(spec.commandLine(), "there is no command '" + command + "'");
        }
        PrintWriter out = spec.commandLine().getOut();
        print(chosen, out);
        out.flush();
    }

    private static void print(CommandLine commandLine, PrintWriter out) {
        CommandSpec spec = commandLine.getCommandSpec();
        UsageMessageSpec usage = spec.usageMessage();
        String name = spec.qualifiedName("-");
        out.println(".TH \"" + name.toUpperCase(Locale.ROOT) + "\" \"1\" \"\" \"" + escape(spec.version()[0]) + "\"");
        out.println(".SH NAME\n" + escape(name) + " \\- " + escape(usage.description()[0]));
        out.println(".SH SYNOPSIS\n.nf\n" + text(commandLine.getHelp().synopsis(0)) + ".fi");
        out.println(".SH DESCRIPTION");
        Arrays.stream(usage.description()).forEach(paragraph -> out.println(".PP\n" + text(paragraph)));
        out.println(".SH OPTIONS");
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            out.println(".TP\n\\fI" + escape(parameter.paramLabel()) + "\\fR\n" + description(parameter));
        }
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                String names = Arrays.stream(option.names())
                        .map(one -> "\\fB" + escape(one) + "\\fR")
                        .collect(Collectors.joining(", "));
                String value = option.arity().max() == 0 ? "" : "=\\fI" + escape(option.paramLabel()) + "\\fR";
                out.println(".TP\n" + names + value + "\n" + description(option));
            }
        }
        if (!commandLine.getSubcommands().isEmpty()) {
            out.println(".SH COMMANDS");
            commandLine
                    .getSubcommands()
                    .forEach((sub, line) -> out.println(".TP\n\\fB" + escape(sub) + "\\fR\n"
                            + text(line.getCommandSpec().usageMessage().description()[0])));
        }
        Map<String, String> exitCodes = usage.exitCodeList();
        if (!exitCodes.isEmpty()) {
            out.println(".SH EXIT STATUS");
            exitCodes.forEach((code, meaning) -> out.println(".TP\n" + escape(code) + "\n" + text(meaning)));
        }
        if (usage.footer().length > 0) {
            out.println(".SH NOTES");
            Arrays.stream(usage.footer()).forEach(line -> out.println(".PP\n" + text(line)));
        }
    }

    private static String description(ArgSpec arg) {
        return text(String.join(" ", arg.description()));
    }

    /** Lines, none of which begins with what roff takes for a command. */
    private static String text(String text) {
        return Ansi.OFF
                .string(String.format(text))
                .lines()
                .map(line -> escape(line) + "\n")
                .collect(Collectors.joining());
    }

    private static String escape(String text) {
        String escaped = text.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }
}
