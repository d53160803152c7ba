package dev.multipath.examples.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How often the Go peer hung in this test run. Not thread safe. */
final class InteropReport {

    private static final Path SUMMARY = Path.of("target", "interop", "summary.txt");

    private final Map<HangVerdict.Cause, Integer> hangs = new TreeMap<>();
    private int runs;

    void countRun() {
        runs++;
    }

    void countHang(final HangVerdict.Cause cause) {
        hangs.merge(cause, 1, Integer::sum);
    }

    @Override
    public String toString() {
        final int total = hangs.values().stream().mapToInt(Integer::intValue).sum();
        final String causes = hangs.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(","));
        return "interop: runs=" + runs + " goHangs=" + total + (total == 0 ? "" : " (" + causes + ")");
    }

    /** Says the run's last word on standard output and, since Surefire puts that into a file of its own, in a file. */
    static void publish(final String line) {
        System.out.println(line);
        try {
            Files.createDirectories(SUMMARY.getParent());
            Files.writeString(SUMMARY, line + System.lineSeparator());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
