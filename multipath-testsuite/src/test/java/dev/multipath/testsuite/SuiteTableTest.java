package dev.multipath.testsuite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.multipath.testing.Depth;
import dev.multipath.testsuite.ClassResults.Count;
import io.netty.channel.epoll.Epoll;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Runs when all others have: makes a table of their results, {@code target/testsuite/summary.md}, which must be that of
 * {@code docs/TESTING.md}. A document that is not true is a failure as any other. It tells what a release has passed: what
 * {@code mvn verify} leaves to {@code -Pdeep} has to be there, and is counted in a line of its own.
 */
@Tag("table")
class SuiteTableTest {

    private static final Path SUMMARY = Path.of("target", "testsuite", "summary.md");
    private static final Path DOCUMENT = Path.of("..", "docs", "TESTING.md");
    private static final String BEGIN = "<!-- testsuite: from multipath-testsuite/target/testsuite/summary.md -->\n";
    private static final String END = "<!-- end of testsuite -->";

    /** Kernels without Multipath TCP are common: there the rest of the table is looked at, without the last column. */
    private static final List<Subflows> COLUMNS = Stream.of(Subflows.values())
            .filter(subflows -> subflows != Subflows.MPTCP || subflows.isAvailable())
            .toList();

    private static final Pattern LAST_COLUMN = Pattern.compile("^(\\|.*\\|)[^|]*\\|$", Pattern.MULTILINE);

    @Test
    void shouldBeWhatTheDocumentTells() throws IOException {
        List<ClassResults> results = results();
        Count all = results.stream()
                .flatMap(ofClass -> ofClass.counts.values().stream())
                .reduce(Count.NONE, Count::plus);
        System.out.printf("Netty's suite: %d of %d passed, %d left to -Pdeep%n", all.passed(), all.total(), all.left());
        String table = table(results);
        Files.writeString(SUMMARY, table);
        assumeThat(isWhole()).as("everything could run here, and was asked for").isTrue();
        assertThat(all.left()).as("left to -Pdeep by itself").isLessThanOrEqualTo(Depth.of(all.total(), 0));
        assertThat(documented())
                .as("what docs/TESTING.md tells of this run; %s goes in its place", SUMMARY.toAbsolutePath())
                .isEqualTo(table);
    }

    private static boolean isWhole() {
        return System.getProperty("test") == null && Epoll.isAvailable() && OpenSsl.isAvailable() && Quic.isAvailable();
    }

    private static List<ClassResults> results() throws IOException {
        Map<String, ClassResults> results = new TreeMap<>();
        try (Stream<Path> files = Files.list(SuiteReport.RESULTS)) {
            for (Path file : files.toList()) {
                ClassResults ofClass = ClassResults.read(file);
                results.merge(ofClass.nettyClass, ofClass, ClassResults::and);
            }
        }
        return List.copyOf(results.values());
    }

    private static String documented() throws IOException {
        String document = Files.readString(DOCUMENT);
        int begin = document.indexOf(BEGIN) + BEGIN.length();
        int end = document.indexOf(END);
        String table = begin < BEGIN.length() || end < begin ? "" : document.substring(begin, end);
        return COLUMNS.contains(Subflows.MPTCP)
                ? table
                : LAST_COLUMN.matcher(table).replaceAll("$1");
    }

    /** All of it, in Markdown. */
    private static String table(List<ClassResults> results) {
        StringBuilder table = new StringBuilder("| Netty's class |");
        for (Subflows subflows : COLUMNS) {
            table.append(' ').append(subflows).append(" |");
        }
        table.append("\n| --- |").append(" --- |".repeat(COLUMNS.size())).append('\n');
        Map<String, TreeSet<Subflows>> skipped = new TreeMap<>();
        Map<String, String> adapted = new TreeMap<>();
        for (ClassResults ofClass : results) {
            table.append("| ").append(ofClass.nettyClass).append(" |");
            for (Subflows subflows : COLUMNS) {
                Count count = ofClass.counts.get(subflows);
                table.append(' ').append(count == null ? "" : count.ofRelease()).append(" |");
            }
            table.append('\n');
            skipped.putAll(ofClass.skipped);
            adapted.putAll(ofClass.adapted);
        }
        table.append("\nAdapted tests:\n\n");
        adapted.forEach((test, reason) ->
                table.append("- ").append(test).append(": ").append(reason).append('\n'));
        table.append("\nSkipped tests:\n\n");
        skipped.forEach((test, over) ->
                table.append("- ").append(test).append(overAll(over)).append('\n'));
        table.append("\nClasses that do not run:\n\n");
        NotRun.REASONS.forEach((type, reason) ->
                table.append("- `").append(type).append("`: ").append(reason).append('\n'));
        return table.toString();
    }

    private static String overAll(TreeSet<Subflows> over) {
        return over.size() == COLUMNS.size()
                ? ""
                : over.stream()
                        .sorted(Comparator.naturalOrder())
                        .map(Subflows::name)
                        .collect(Collectors.joining(", ", " (", ")"));
    }
}
