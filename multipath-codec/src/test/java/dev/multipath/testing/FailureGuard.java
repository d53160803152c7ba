package dev.multipath.testing;

import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.slf4j.LoggerFactory;

/**
 * Fails the test run if something failed where no test sees it: on an event loop, which only logs what its tasks, its
 * promises' listeners and the ends of its pipelines throw. It is found as {@link LeakGuard} is.
 */
public final class FailureGuard implements LauncherSessionListener {
    private final UnseenFailures failures = new UnseenFailures();

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        failures.start();
        ((LoggerContext) LoggerFactory.getILoggerFactory()).addTurboFilter(failures);
    }

    /** @throws AssertionError if anything failed */
    @Override
    public void launcherSessionClosed(LauncherSession session) {
        List<String> reports = failures.take();
        if (!reports.isEmpty()) {
            throw new AssertionError(reports.size() + " failures were only logged:\n" + String.join("\n", reports));
        }
    }
}
