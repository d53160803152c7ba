package dev.multipath.session;

import java.time.Duration;

/**
 * What a session does in the extended profile.
 *
 * @param enabled whether it is offered at all; otherwise the session speaks the base profile with everybody
 * @param authenticatedJoinsRequired server: whether joins that prove nothing, those of the base profile, are refused
 * @param resumptionTimeout how long the session lives without any subflow; zero for not at all
 * @param initialWindowBytes how far the peer may send ahead of the application's reading at first; the window grows with
 *     bandwidth and delay up to the session's receive buffer
 * @param joinTimeout the most that a subflow may take to prove itself
 * @param maxSubflows how many the peer is told are wanted at the most
 * @param joinsElsewhere server: whether its client is told to join at announced addresses only
 */
public record ExtendedConfig(
        boolean enabled,
        boolean authenticatedJoinsRequired,
        Duration resumptionTimeout,
        int initialWindowBytes,
        Duration joinTimeout,
        int maxSubflows,
        boolean joinsElsewhere) {

    private static final int INITIAL_WINDOW_BYTES = 512 << 10;

    /** A minute lasts for a tunnel, a lift, a restarted router. 512 KiB cover 40 Mbit/s at 100 ms. */
    public static final ExtendedConfig DEFAULT = new ExtendedConfig(
            true, false, Duration.ofSeconds(60), INITIAL_WINDOW_BYTES, Duration.ofSeconds(10), 16, false);

    /** The base profile with everybody. */
    public static final ExtendedConfig DISABLED =
            new ExtendedConfig(false, false, Duration.ZERO, INITIAL_WINDOW_BYTES, Duration.ofSeconds(10), 16, false);

    /**
     * Checks the ranges.
     *
     * @param enabled either value
     * @param authenticatedJoinsRequired either value
     * @param resumptionTimeout zero to 100 years
     * @param initialWindowBytes at least 64 KiB, which the peer may send unasked
     * @param joinTimeout 1 ns to 100 years
     * @param maxSubflows positive
     * @param joinsElsewhere either value
     * @throws IllegalArgumentException if a value is out of its range
     */
    public ExtendedConfig {
        TimeRange.require("resumptionTimeout", resumptionTimeout, Duration.ZERO);
        TimeRange.require("joinTimeout", joinTimeout, Duration.ofNanos(1));
        if (initialWindowBytes < WindowLimits.INITIAL_CREDIT_BYTES) {
            throw new IllegalArgumentException(
                    "initialWindowBytes must be at least " + WindowLimits.INITIAL_CREDIT_BYTES
                            + ", which the peer may send unasked, not " + initialWindowBytes);
        }
        if (maxSubflows < 1) {
            throw new IllegalArgumentException("maxSubflows must be positive: " + maxSubflows);
        }
    }
}
