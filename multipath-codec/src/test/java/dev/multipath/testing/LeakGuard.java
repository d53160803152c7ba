package dev.multipath.testing;

import io.netty.util.ResourceLeakDetectorFactory;
import java.util.List;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Fails the test run if Netty's leak detector reports anything in it: a buffer, or whatever else Netty counts references
 * of, that was collected as garbage and not released. The launcher finds this class by its service file, and opens its
 * session before any test class, and so any class of Netty's, is loaded.
 *
 * <p>It sees what was leaked in the whole run and not in which test; the stack trace of where it was made tells that. What
 * something alive still holds at the end is no leak to it.
 */
public final class LeakGuard implements LauncherSessionListener {
    /** Off for mutants, which run a test thousands of times: to find leaks takes collections of garbage. */
    static final boolean ON = !Boolean.getBoolean("multipath.unguarded");

    private static final RecordingLeakDetectors DETECTORS = new RecordingLeakDetectors();

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        if (ON) {
            ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(DETECTORS);
        }
    }

    /**
     * Looks for the last leaks. What is thrown here goes through the launcher, which guards against other kinds of
     * listeners but not against this one, and fails the build.
     *
     * @throws AssertionError if anything was leaked
     */
    @Override
    public void launcherSessionClosed(LauncherSession session) {
        List<String> leaks = ON ? DETECTORS.awaitLeaks() : List.of();
        if (!leaks.isEmpty()) {
            throw new AssertionError(leaks.size() + " leaks (-Dsurefire.leakRecords=16 tells where they have been):\n"
                    + String.join("\n\n", leaks));
        }
    }
}
