package dev.multipath.metrics;

import java.time.Duration;

/**
 * What the session measures on a path's subflow, of the newest one if it has several; of the last one if it has none. As it
 * was when the session last had something to do.
 *
 * @param minRtt the lowest round-trip time of the last 10 to 20 seconds in which there were any; {@code null} if unknown
 * @param rttVariance how much round-trip times vary (RTTVAR of RFC 6298); {@code null} if unknown
 * @param deliveryRateBytesPerSecond payload bytes a second that the path has shown to deliver; -1 if unknown. Of a path that is
 *     not filled, it is less than what it could deliver
 * @param inFlightBytes payload bytes sent on it and not acknowledged; 0 without a subflow
 * @param inFlightLimitBytes above how many of these it is given no more: what elsewhere is the congestion window; -1 without a
 *     subflow
 */
public record PathMeasurements(
        Duration minRtt,
        Duration rttVariance,
        long deliveryRateBytesPerSecond,
        long inFlightBytes,
        long inFlightLimitBytes) {}
