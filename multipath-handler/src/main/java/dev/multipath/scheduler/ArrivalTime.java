package dev.multipath.scheduler;

/** When what is given to a subflow arrives at the peer, by what is known of it. */
public final class ArrivalTime {

    /** Nothing is known of the subflow: later than any other. */
    public static final double UNKNOWN = Double.MAX_VALUE;

    /** What a TCP sends in its first round trip: for the rate of a path that has shown none yet. */
    private static final double INITIAL_WINDOW_BYTES = 14_600;

    /** A frame of bulk is larger than the small one whose time is asked for. */
    private static final int FRAMES_AT_ONCE = 2;

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
        double rate = leastBytesPerSecond(subflow);
        double backSeconds = subflow.minRttNanos() / NANOS_PER_SECOND / 2;
        // What counts as in flight is what had not arrived when the newest acknowledgement left.
        double behindOthers = subflow.inFlightBytes() / rate - backSeconds;
        return subflow.silentNanos() / NANOS_PER_SECOND
                + Math.max(subflow.smoothedRttNanos() / NANOS_PER_SECOND / 2, behindOthers)
                + payloadBytes / rate;
    }

    /** Who was never given more than a few bytes has shown a rate of a few bytes: that is not how fast it is. */
    private static double leastBytesPerSecond(SubflowView subflow) {
        double rate = bytesPerSecond(subflow);
        return subflow.isRateGrowing()
                ? Math.max(rate, INITIAL_WINDOW_BYTES * NANOS_PER_SECOND / Math.max(1.0, subflow.smoothedRttNanos()))
                : rate;
    }

    /**
     * What does not fit the window of a transport that has just begun waits for a round trip, and what does not fit the next,
     * which is twice as large (slow start, RFC 5681, section 3.1), for one more. By this a frame may come later than {@link #seconds}
     * tells, which is when it should be there.
     */
    static double windowSeconds(SubflowView subflow, long payloadBytes) {
        double windowBytes = growingWindowBytes(subflow);
        double bytes = subflow.inFlightBytes() + FRAMES_AT_ONCE * (double) payloadBytes;
        int roundTrips = 0;
        while (bytes > windowBytes) {
            bytes -= windowBytes;
            windowBytes *= 2;
            roundTrips++;
        }
        return roundTrips * (subflow.smoothedRttNanos() / NANOS_PER_SECOND);
    }

    /** What one that has carried nothing yet can send at once. */
    static double firstWindowBytes(SubflowView subflow) {
        return Math.max(subflow.transportWindowBytes(), INITIAL_WINDOW_BYTES);
    }

    private static double growingWindowBytes(SubflowView subflow) {
        double rate = subflow.deliveryRateBytesPerSecond();
        double shownBytes = rate * subflow.minRttNanos() / NANOS_PER_SECOND;
        double windowBytes = rate > 0 ? subflow.transportWindowBytes() : firstWindowBytes(subflow);
        // Smaller than what the path was seen to hold, it is no beginning: a pause (bbr's PROBE_RTT) or a loss, and
        // opens again.
        return subflow.isRateGrowing() && windowBytes > shownBytes ? windowBytes : Double.MAX_VALUE;
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
