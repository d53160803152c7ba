package dev.multipath.scheduler;

/** When what is given to a subflow arrives at the peer, by what is known of it. */
public final class ArrivalTime {

    /** Nothing is known of the subflow: later than any other. */
    public static final double UNKNOWN = Double.MAX_VALUE;

    /** What a TCP sends in its first round trip: for the rate of a path that has shown none yet. */
    private static final double INITIAL_WINDOW_BYTES = 14_600;

    private static final double NANOS_PER_SECOND = 1e9;

    private ArrivalTime() {}

    /**
     * How long it takes.
     *
     * @param subflow the one that is to carry it, behind what is in flight on it
     * @param payloadBytes how much
     * @return seconds until the last of it arrives, or {@link #UNKNOWN}
     */
    public static double seconds(SubflowView subflow, long payloadBytes) {
        if (subflow.smoothedRttNanos() == Long.MAX_VALUE) {
            return UNKNOWN;
        }
        double rate = bytesPerSecond(subflow);
        double backSeconds = subflow.minRttNanos() / NANOS_PER_SECOND / 2;
        // What counts as in flight is what had not arrived when the newest acknowledgement left.
        double behindOthers = subflow.inFlightBytes() / rate - backSeconds;
        return subflow.silentNanos() / NANOS_PER_SECOND
                + Math.max(subflow.smoothedRttNanos() / NANOS_PER_SECOND / 2, behindOthers)
                + payloadBytes / rate;
    }

    /**
     * How fast it is.
     *
     * @param subflow any
     * @return payload bytes a second; a careful guess while it has shown no rate
     */
    public static double bytesPerSecond(SubflowView subflow) {
        double rate = subflow.deliveryRateBytesPerSecond();
        return rate > 0 ? rate : INITIAL_WINDOW_BYTES * NANOS_PER_SECOND / Math.max(1.0, subflow.smoothedRttNanos());
    }
}
