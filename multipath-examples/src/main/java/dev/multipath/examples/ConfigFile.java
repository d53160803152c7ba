package dev.multipath.examples;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Options from a file ({@code --config}), which is Java's kind of properties: {@code port = 4001,4002}. They are put in front of
 * those of the command line, as if they had been given there, so that they are checked in the same way; one that is given
 * there as well is left out. Picocli's provider of default values would not do, as it knows no exclusive options.
 */
final class ConfigFile {
    private static final String OPTION = "--config";

    /** What has no name on the command line. */
    private static final String PATHS = "paths";

    private ConfigFile() {}

    /**
     * Returns the arguments with those of the file in between, if one is named.
     *
     * @throws ParameterException if the file cannot be used
     */
    static String[] expand(CommandLine program, String... args) {
        int command = 0;
        while (command < args.length && !program.getSubcommands().containsKey(args[command])) {
            command++;
        }
        if (command == args.length) {
            return args;
        }
        CommandLine chosen = program.getSubcommands().get(args[command]);
        List<String> given = Arrays.asList(args).subList(command + 1, args.length);
        String file = valueOf(given);
        if (file == null) {
            return args;
        }
        List<String> all = new ArrayList<>(Arrays.asList(args).subList(0, command + 1));
        List<String> paths = new ArrayList<>();
        Properties properties = read(chosen, file);
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            String name = nameFor(program, chosen, args[command], key);
            String value = properties.getProperty(key).strip();
            if (name.equals(PATHS)
                    && !chosen.getCommandSpec().positionalParameters().isEmpty()) {
                paths.addAll(List.of(value.split("\\s+")));
            } else if (!name.isEmpty()) {
                add(chosen, file, name, value, given, all);
            }
        }
        all.addAll(given);
        all.addAll(paths);
        return all.toArray(String[]::new);
    }

    private static String valueOf(List<String> args) {
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (arg.startsWith(OPTION + "=")) {
                return arg.substring(OPTION.length() + 1);
            }
            if (arg.equals(OPTION) && i + 1 < args.size()) {
                return args.get(i + 1);
            }
        }
        return null;
    }

    private static Properties read(CommandLine command, String file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file))) {
            properties.load(reader);
            return properties;
        } catch (IOException | IllegalArgumentException e) {
            throw new ParameterException(command, "cannot read '" + file + "'");
        }
    }

    /** Without the command that it is for; empty if that is another one. */
    private static String nameFor(CommandLine program, CommandLine chosen, String command, String key) {
        int dot = key.indexOf('.');
        if (dot < 0) {
            return key;
        }
        String owner = key.substring(0, dot);
        if (!program.getSubcommands().containsKey(owner)) {
            throw new ParameterException(chosen, "'" + owner + "' in '" + key + "' is no command");
        }
        return owner.equals(command) ? key.substring(dot + 1) : "";
    }

    private static void add(
            CommandLine command, String file, String name, String value, List<String> given, List<String> all) {
        OptionSpec option = command.getCommandSpec().findOption("--" + name);
        if (option == null || ("--" + name).equals(OPTION)) {
            throw new ParameterException(
                    command, "'" + name + "' in " + file + " is no option of " + command.getCommandName());
        }
        if (alternatives(option).anyMatch(one -> given.stream().anyMatch(arg -> names(one, arg)))) {
            return;
        }
        if (option.arity().max() > 0) {
            all.add("--" + name + "=" + value);
        } else if (value.equals("true")) {
            all.add("--" + name);
        } else if (!value.equals("false")) {
            throw new ParameterException(
                    command, "'" + name + "' in " + file + " is true or false, not '" + value + "'");
        }
    }

    /** Itself, and those that cannot be given beside it: who says --echo has chosen, whatever mode the file has. */
    private static Stream<OptionSpec> alternatives(OptionSpec option) {
        ArgGroupSpec group = option.group();
        return group != null && group.exclusive() ? group.options().stream() : Stream.of(option);
    }

    private static boolean names(OptionSpec option, String arg) {
        return Arrays.stream(option.names())
                .anyMatch(name -> name.startsWith("--")
                        ? arg.equals(name) || arg.startsWith(name + "=")
                        : arg.startsWith(name) && !arg.startsWith("--"));
    }
}
