package dev.multipath.scheduler;

import java.util.List;

/**
 * Every frame on several subflows: on those that are the best. Each carries the whole stream in order, but for what the peer has
 * got meanwhile; and none runs ahead of another by more than that one brings in a quarter of a round trip. So what is lost with one comes
 * over another within a round trip. The price: bytes multiply, and bulk is as fast as the slowest of them.
 */
public final class RedundantScheduler implements CopyingScheduler {

    /** What makes a subflow a good one: how soon so much arrives on it. */
    private static final long COMPARED_BYTES = 16 << 10;

    /** Of a subflow's round trip: how long it takes to make up for what it is behind. */
    private static final double BEHIND_ROUND_TRIPS = 0.25;

    private static final double NANOS_PER_SECOND = 1e9;

    private final int copies;

    /** Makes the scheduler of one session: every frame on two subflows. */
    public RedundantScheduler() {
        this(2);
    }

    /**
     * Makes the scheduler of one session.
     *
     * @param copies on how many subflows every frame is carried, if there are so many
     * @throws IllegalArgumentException if it is not positive
     */
    public RedundantScheduler(int copies) {
        if (copies < 1) {
            throw new IllegalArgumentException("copies must be positive, not " + copies);
        }
        this.copies = copies;
    }

    /** Whoever has room now has all that was sent before: {@link #copies} comes first. */
    @Override
    public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        int best = WAIT;
        double bestSeconds = 0;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView subflow = subflows.get(i);
            if (!isChosen(subflow, subflows)) {
                continue;
            }
            if (isBehind(subflow, offer)) {
                return WAIT;
            }
            if (subflow.canTake()) {
                double seconds = seconds(subflow);
                if (best == WAIT || seconds < bestSeconds) {
                    best = i;
                    bestSeconds = seconds;
                }
            }
        }
        return best;
    }

    @Override
    public boolean copies(SubflowView subflow, FrameView frame, List<? extends SubflowView> subflows, long nowNanos) {
        return frame.copies() < copies && isChosen(subflow, subflows);
    }

    /** Whether others have to wait for it; not if nothing would tell when it has caught up. */
    private static boolean isBehind(SubflowView subflow, Offer offer) {
        if (subflow.canTake() || !subflow.isUsable() || subflow.smoothedRttNanos() == Long.MAX_VALUE) {
            return false;
        }
        double roundTripBytes = ArrivalTime.bytesPerSecond(subflow) * subflow.minRttNanos() / NANOS_PER_SECOND;
        return offer.uncopiedBytes(subflow) > Math.max(BEHIND_ROUND_TRIPS * roundTripBytes, COMPARED_BYTES);
    }

    /** Whether it is one of the best, or comes before others that are as good. */
    private boolean isChosen(SubflowView subflow, List<? extends SubflowView> subflows) {
        double seconds = seconds(subflow);
        int better = 0;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView other = subflows.get(i);
            double otherSeconds = seconds(other);
            if (otherSeconds < seconds || (otherSeconds == seconds && other.id() < subflow.id())) {
                better++;
            }
        }
        return better < copies;
    }

    /** Whatever is in flight on it, since that changes with every frame. */
    private static double seconds(SubflowView subflow) {
        return subflow.smoothedRttNanos() == Long.MAX_VALUE
                ? ArrivalTime.UNKNOWN
                : subflow.minRttNanos() / NANOS_PER_SECOND / 2 + COMPARED_BYTES / ArrivalTime.bytesPerSecond(subflow);
    }
}
