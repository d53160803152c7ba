package dev.multipath.channel;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** How these tests wait: long enough for a busy machine, and not longer than it takes. */
final class Waiting {

    /** Nothing takes this long unless it is broken. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration POLL_INTERVAL = Duration.ofMillis(2);

    private Waiting() {}

    static ConditionFactory eventually() {
        return Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(POLL_INTERVAL);
    }
}
