package dev.multipath.testsuite;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How the tests of one class of Netty's have ended. Classes run in several JVMs: each of ours that extends one of Netty's leaves
 * its results in a file.
 */
final class ClassResults {

    private static final String NETTY_CLASS = "class";
    private static final String COUNT = "count ";
    private static final String SKIPPED = "skipped ";
    private static final String ADAPTED = "adapted ";

    final String nettyClass;

    /** By kind of subflows. */
    final Map<Subflows, Count> counts = new EnumMap<>(Subflows.class);

    /** By test and reason, over what. */
    final Map<String, TreeSet<Subflows>> skipped = new TreeMap<>();

    /** By test, the reason. */
    final Map<String, String> adapted = new TreeMap<>();

    /** How many tests have passed, how many were left to -Pdeep, and how many there are. */
    record Count(int passed, int left, int total) {

        static final Count NONE = new Count(0, 0, 0);

        Count plus(Count other) {
            return new Count(passed + other.passed, left + other.left, total + other.total);
        }

        /** What the document tells: those that a release runs, too, count as passed. */
        String ofRelease() {
            return passed + left + "/" + total;
        }

        static Count parse(String text) {
            String[] parts = text.split(" ");
            return new Count(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        }

        @Override
        public String toString() {
            return passed + " " + left + " " + total;
        }
    }

    ClassResults(String nettyClass) {
        this.nettyClass = nettyClass;
    }

    /** What another class of ours has seen of the same class of Netty's. */
    ClassResults and(ClassResults other) {
        counts.putAll(other.counts);
        other.skipped.forEach((test, over) ->
                skipped.computeIfAbsent(test, t -> new TreeSet<>()).addAll(over));
        adapted.putAll(other.adapted);
        return this;
    }

    /** Replaces what an earlier run has left. */
    void write(Path directory, String name) throws IOException {
        Properties values = new Properties();
        values.setProperty(NETTY_CLASS, nettyClass);
        counts.forEach((subflows, count) -> values.setProperty(COUNT + subflows, count.toString()));
        skipped.forEach((test, over) -> values.setProperty(
                SKIPPED + test, over.stream().map(Subflows::name).collect(Collectors.joining(","))));
        adapted.forEach((test, reason) -> values.setProperty(ADAPTED + test, reason));
        Files.createDirectories(directory);
        try (Writer file = Files.newBufferedWriter(directory.resolve(name + ".properties"))) {
            values.store(file, null);
        }
    }

    static ClassResults read(Path path) throws IOException {
        Properties values = new Properties();
        try (Reader file = Files.newBufferedReader(path)) {
            values.load(file);
        }
        ClassResults results = new ClassResults(values.getProperty(NETTY_CLASS));
        for (String key : values.stringPropertyNames()) {
            String value = values.getProperty(key);
            if (key.startsWith(COUNT)) {
                results.counts.put(Subflows.valueOf(key.substring(COUNT.length())), Count.parse(value));
            } else if (key.startsWith(SKIPPED)) {
                results.skipped.put(
                        key.substring(SKIPPED.length()),
                        Arrays.stream(value.split(","))
                                .map(Subflows::valueOf)
                                .collect(Collectors.toCollection(TreeSet::new)));
            } else if (key.startsWith(ADAPTED)) {
                results.adapted.put(key.substring(ADAPTED.length()), value);
            }
        }
        return results;
    }
}
