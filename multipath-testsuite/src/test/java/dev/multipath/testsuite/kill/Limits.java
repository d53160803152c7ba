package dev.multipath.testsuite.kill;

import java.time.Duration;

/**
 * How long things may take. Generous, since the machine may be busy: only what would never end is a failure.
 *
 * @param resumption how long a session waits without subflows
 * @param linger how long a close waits
 * @param patience of an application without progress
 * @param attempt how long a path may take to be established
 * @param hang when a session is called hung
 */
record Limits(Duration resumption, Duration linger, Duration patience, Duration attempt, Duration hang) {

    static final Duration HANDSHAKE = Duration.ofSeconds(10);
    static final Duration PROBES = Duration.ofSeconds(2);
    static final Duration MAX_REDIAL_DELAY = Duration.ofSeconds(1);

    private static final Duration HANG = Duration.ofSeconds(Integer.getInteger("kill.hangSeconds", 180));

    /** Where all is to go well in the end, no time-out of the product's may be the reason that it does not. */
    static Limits of(Plan plan) {
        // An attempt that a silent path has swallowed must not keep the path from being tried again.
        boolean quick = plan.fate() != Plan.Fate.SAFE && !plan.kills().isEmpty();
        Duration attempt = Duration.ofSeconds(quick ? 15 : 60);
        if (plan.mustComplete()) {
            return new Limits(Duration.ofSeconds(60), Duration.ofSeconds(120), Duration.ofSeconds(20), attempt, HANG);
        }
        return new Limits(Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofSeconds(5), attempt, HANG);
    }
}
