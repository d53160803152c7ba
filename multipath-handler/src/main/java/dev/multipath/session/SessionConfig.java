package dev.multipath.session;

import dev.multipath.codec.DataFrame;
import java.time.Duration;
import java.util.Objects;

/**
 * The limits and times of a session.
 *
 * @param sendBufferBytes the most that is held of what the application has written and the peer has not acknowledged;
 *     also the most by which sending may run ahead of the lowest unacknowledged byte
 * @param receiveBufferBytes the most that is held of what was received and not yet read by the application
 * @param maxFrameBytes payload of the largest frame sent
 * @param linger how long a graceful close waits for the peer's acknowledgements
 * @param probeInterval how long a subflow may be silent before it is pinged, at the most; a backup four times as long
 * @param extended what it does in the extended profile
 */
public record SessionConfig(
        int sendBufferBytes,
        int receiveBufferBytes,
        int maxFrameBytes,
        Duration linger,
        Duration probeInterval,
        ExtendedConfig extended) {

    /**
     * 8 MiB to send cover 100 ms of 640 Mbit/s; twice that to receive, so that a peer with the same defaults never
     * fills it by reordering alone. 64 KiB frames cost little per byte and still leave a 10 Mbit/s path in 52 ms. The
     * probe interval is below the 30 s after which the hastiest NATs and firewalls forget a silent connection.
     */
    public static final SessionConfig DEFAULT = new SessionConfig(
            8 << 20, 16 << 20, 64 << 10, Duration.ofSeconds(10), Duration.ofSeconds(25), ExtendedConfig.DEFAULT);

    /**
     * Checks the ranges.
     *
     * @param sendBufferBytes positive
     * @param receiveBufferBytes at least {@link DataFrame#MAX_PAYLOAD_BYTES}
     * @param maxFrameBytes 1 to {@link DataFrame#MAX_PAYLOAD_BYTES}
     * @param linger zero to 100 years
     * @param probeInterval 1 ms to 100 years
     * @param extended not null
     * @throws IllegalArgumentException if a value is out of its range
     */
    public SessionConfig {
        if (sendBufferBytes <= 0) {
            throw new IllegalArgumentException("sendBufferBytes must be positive, not " + sendBufferBytes);
        }
        if (receiveBufferBytes < DataFrame.MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException("receiveBufferBytes must hold one frame of the largest size ("
                    + DataFrame.MAX_PAYLOAD_BYTES + "), not " + receiveBufferBytes);
        }
        if (maxFrameBytes <= 0 || maxFrameBytes > DataFrame.MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "maxFrameBytes must be in 1.." + DataFrame.MAX_PAYLOAD_BYTES + ", not " + maxFrameBytes);
        }
        TimeRange.require("linger", linger, Duration.ZERO);
        TimeRange.require("probeInterval", probeInterval, Duration.ofMillis(1));
        Objects.requireNonNull(extended);
    }
}
