package dev.multipath.testsuite;

import org.junit.jupiter.api.function.Executable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** For tests of Netty's that assert how long something takes, and so measure the machine too. */
final class WallClock {

    private static final Logger LOGGER = LoggerFactory.getLogger(WallClock.class);

    private WallClock() {}

    /** Runs the test, and once more before it fails. */
    static void onceMore(Executable test) throws Throwable {
        try {
            test.execute();
        } catch (AssertionError e) {
            LOGGER.warn("once more, since it may be the machine that was slow", e);
            test.execute();
        }
    }
}
