package dev.multipath.metrics;

import java.time.Duration;
import java.util.Map;

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
 * @param packetsLost what the transports below all its subflows have taken for lost, or {@link TransportStats#UNKNOWN}
 * @param repeated the same two by cause, with an entry for each; immutable
 * @param measured what its subflow is like
 * @param transport what the transport below that knows; {@link TransportStats#NONE} if it tells nothing, or not yet
 * @param lastFailure why an attempt failed, a join was refused or a subflow was lost last; {@code null} if that never was
 * @param lastChange since when it has that state, and why; {@code null} if it was never another
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
        long packetsLost,
        Map<RepetitionCause, FrameCount> repeated,
        PathMeasurements measured,
        TransportStats transport,
        PathFailure lastFailure,
        PathStateChange lastChange) {

    /**
     * {@return how much was sent again on it for that cause}
     *
     * @param cause not null
     */
    public FrameCount repeated(RepetitionCause cause) {
        return repeated.get(cause);
    }
}
