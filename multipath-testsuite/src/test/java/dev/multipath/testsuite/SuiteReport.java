package dev.multipath.testsuite;

import io.netty.channel.epoll.Epoll;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Writes the results of a run to {@code target/testsuite/summary.md}, and fails the build if they are not those that {@code
 * docs/TESTING.md} tells of: a document that is not true is a failure as any other. The launcher finds this class by its
 * service file.
 */
public final class SuiteReport implements LauncherSessionListener {

    private static final Path SUMMARY = Path.of("target", "testsuite", "summary.md");
    private static final Path DOCUMENT = Path.of("..", "docs", "TESTING.md");
    private static final String BEGIN = "<!-- testsuite: from multipath-testsuite/target/testsuite/summary.md -->\n";
    private static final String END = "<!-- end of testsuite -->";

    private final SuiteResults results = new SuiteResults();

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        session.getLauncher().registerTestExecutionListeners(results);
    }

    /**
     * Compares.
     *
     * @throws AssertionError if a test failed, or the document says something else
     */
    @Override
    public void launcherSessionClosed(LauncherSession session) {
        List<String> failures = results.failures();
        if (!failures.isEmpty()) {
            // Surefire does not count the tests of parameterized classes.
            throw new AssertionError(failures.size() + " failures:\n" + String.join("\n", failures));
        }
        try {
            String table = results.table();
            Files.createDirectories(SUMMARY.getParent());
            Files.writeString(SUMMARY, table);
            if (isWhole() && !table.equals(documented())) {
                throw new AssertionError("docs/TESTING.md does not tell of this run; put " + SUMMARY.toAbsolutePath()
                        + " in the place of what it says:\n" + table);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether everything could run here, and was asked for. */
    private static boolean isWhole() {
        return System.getProperty("test") == null && Epoll.isAvailable() && OpenSsl.isAvailable();
    }

    private static String documented() throws IOException {
        String document = Files.readString(DOCUMENT);
        int begin = document.indexOf(BEGIN) + BEGIN.length();
        int end = document.indexOf(END);
        return begin < BEGIN.length() || end < begin ? "" : document.substring(begin, end);
    }
}
