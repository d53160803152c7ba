package dev.multipath.metrics;

import java.time.Duration;

/**
 * The counters of one path at one moment.
 *
 * @param label the path's name
 * @param state what the path can do
 * @param successes subflows established on it
 * @param consecutiveSuccesses those since the last failure
 * @param failures attempts that failed
 * @param rtt smoothed round-trip time, {@code null} if unknown
 * @param framesSent data frames sent on it for the first time
 * @param bytesSent their payload bytes
 * @param framesReceived data frames received on it, duplicates included
 * @param bytesReceived their payload bytes
 * @param framesRetransmitted data frames sent on it that had been sent before, here or elsewhere
 * @param bytesRetransmitted their payload bytes
 * @param lastFailure why an attempt failed, a join was refused or a subflow was lost last; {@code null} if that never was
 */
public record PathStats(
        String label,
        PathState state,
        long successes,
        long consecutiveSuccesses,
        long failures,
        Duration rtt,
        long framesSent,
        long bytesSent,
        long framesReceived,
        long bytesReceived,
        long framesRetransmitted,
        long bytesRetransmitted,
        PathFailure lastFailure) {}
