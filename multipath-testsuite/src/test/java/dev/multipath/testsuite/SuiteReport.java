package dev.multipath.testsuite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Leaves the results of a JVM's tests in {@link #RESULTS}, for {@link SuiteTableTest}. The launcher finds this class by its
 * service file.
 */
public final class SuiteReport implements LauncherSessionListener {

    static final Path RESULTS = Path.of("target", "testsuite", "by-class");

    private final SuiteResults results = new SuiteResults();

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        session.getLauncher().registerTestExecutionListeners(results);
    }

    /** @throws AssertionError if a test failed */
    @Override
    public void launcherSessionClosed(LauncherSession session) {
        try {
            results.write(RESULTS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> failures = results.failures();
        if (!failures.isEmpty()) {
            // Surefire does not count the tests of parameterized classes.
            throw new AssertionError(failures.size() + " failures:\n" + String.join("\n", failures));
        }
    }
}
