package dev.multipath.path;

import dev.multipath.session.TimeRange;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * When to dial.
 *
 * @param attemptTimeout the most that one attempt may take, handshake included
 * @param attemptDelay how long the first connection's next path waits for the one before it (RFC 8305 section 5)
 * @param redialDelay how long the first redial of a lost path waits; each further one waits twice as long
 * @param maxRedialDelay where that doubling ends, and the longest from one attempt to the next on a path that is silent
 */
public record DialPolicy(
        Duration attemptTimeout, Duration attemptDelay, Duration redialDelay, Duration maxRedialDelay) {

    /** Enough for any answer that is on its way (RFC 6298's first RTO, twice); a lost SYN must not make all wait longer. */
    private static final long MAX_ANSWER_DELAY_NANOS = TimeUnit.SECONDS.toNanos(2);

    /**
     * Checks the times.
     *
     * @param attemptTimeout zero, for none, to 100 years
     * @param attemptDelay zero to 100 years
     * @param redialDelay zero to 100 years
     * @param maxRedialDelay zero to 100 years
     * @throws IllegalArgumentException if one is out of its range
     */
    public DialPolicy {
        TimeRange.require("attemptTimeout", attemptTimeout, Duration.ZERO);
        TimeRange.require("attemptDelay", attemptDelay, Duration.ZERO);
        TimeRange.require("redialDelay", redialDelay, Duration.ZERO);
        TimeRange.require("maxRedialDelay", maxRedialDelay, Duration.ZERO);
    }

    /**
     * With 200 ms before a redial, since a peer that ends the session closes its subflows one after the other.
     *
     * @param attemptTimeout the most that one attempt may take, handshake included
     * @param attemptDelay how long the first connection's next path waits for the one before it
     * @param maxRedialDelay where the doubling of redials' delays ends
     * @return the policy
     * @throws IllegalArgumentException if one of them is negative, or longer than 100 years
     */
    public static DialPolicy of(Duration attemptTimeout, Duration attemptDelay, Duration maxRedialDelay) {
        return new DialPolicy(attemptTimeout, attemptDelay, Duration.ofMillis(200), maxRedialDelay);
    }

    /**
     * How long an attempt that asks for a session has the word before the next one may ask too. An answer takes about as long
     * as the connection did; who asks a second time too early makes the server open a session for nothing.
     */
    long answerDelayNanos(long connectNanos) {
        long patienceNanos = Math.min(2 * connectNanos, MAX_ANSWER_DELAY_NANOS);
        return Math.max(attemptDelay.toNanos(), patienceNanos);
    }
}
