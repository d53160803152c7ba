package dev.multipath.testing;

import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.slf4j.LoggerFactory;

/**
 * Fails the test run if an assertion failed where no test sees it: on an event loop, which only logs what its tasks, its
 * promises' listeners and the ends of its pipelines throw. It is found as {@link LeakGuard} is.
 */
public final class AssertionGuard implements LauncherSessionListener {
    private final FailedAssertions failed = new FailedAssertions();

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        failed.start();
        ((LoggerContext) LoggerFactory.getILoggerFactory()).addTurboFilter(failed);
    }

    /** @throws AssertionError if any assertion failed */
    @Override
    public void launcherSessionClosed(LauncherSession session) {
        List<String> reports = failed.take();
        if (!reports.isEmpty()) {
            throw new AssertionError(reports.size() + " failed assertions were logged:\n" + String.join("\n", reports));
        }
    }
}
