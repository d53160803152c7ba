package dev.multipath.guide;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The Java sources of this project, tests included, by the simple names of their classes. Tests run in the directory of their
 * module.
 */
record Sources(Path root, Map<String, List<Path>> files) {

    private static final String SUFFIX = ".java";
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\n]*", Pattern.DOTALL);
    private static final Pattern ROOM = Pattern.compile("/src/main/java/dev/multipath/(\\w+)/");
    private static final Pattern CONSTANT = Pattern.compile("\\w+");

    static Sources ofProject() {
        Path root = Path.of("..");
        Map<String, List<Path>> files = new HashMap<>();
        for (String module : names(root)) {
            Path source = root.resolve(module).resolve("src");
            if (!module.startsWith("multipath-") || !Files.isDirectory(source)) {
                continue;
            }
            try (Stream<Path> all = Files.walk(source)) {
                all.filter(file -> file.toString().endsWith(SUFFIX))
                        .forEach(file -> files.computeIfAbsent(simpleName(file), name -> new ArrayList<>())
                                .add(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new Sources(root, files);
    }

    private static String simpleName(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - SUFFIX.length());
    }

    /** What is in the file of that name, or in all if there are several; null if there is none. */
    String ofClass(String simpleName) {
        List<Path> named = files.get(simpleName);
        return named == null ? null : named.stream().map(Sources::read).collect(Collectors.joining());
    }

    /** In which rooms main code has a class of that name. */
    List<String> roomsOf(String simpleName) {
        return files.getOrDefault(simpleName, List.of()).stream()
                .map(file -> ROOM.matcher(file.toString().replace('\\', '/')))
                .filter(Matcher::find)
                .map(matcher -> matcher.group(1))
                .toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The constants of an enum in the file of that class; none if it has no such enum. */
    List<String> constants(String simpleName, String enumName) {
        String source = ofClass(simpleName);
        Matcher begin = Pattern.compile("\\benum " + enumName + " \\{").matcher(source == null ? "" : source);
        if (!begin.find()) {
            return List.of();
        }
        String body = COMMENT.matcher(source.substring(begin.end())).replaceAll("");
        return CONSTANT.matcher(body.split("[;}]")[0])
                .results()
                .map(result -> result.group())
                .toList();
    }

    boolean exists(String file) {
        return Files.exists(root.resolve(file));
    }

    /** The names of the directories in one. */
    List<String> directories(String directory) {
        return names(root.resolve(directory));
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> entry.getFileName().toString())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
