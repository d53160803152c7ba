package dev.multipath.scheduler;

import java.util.List;

/**
 * Every frame on several subflows: on those that are the best, each of which carries the whole stream in order and at its own pace,
 * but for what the peer has got meanwhile. So the loss of any of them is not felt, none is slowed down by another, and the bytes
 * multiply.
 */
public final class RedundantScheduler implements CopyingScheduler {

    /** What makes a subflow a good one: how soon so much arrives on it. */
    private static final long COMPARED_BYTES = 16 << 10;

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
            if (subflow.canTake() && isChosen(subflow, subflows)) {
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
                : subflow.minRttNanos() / 2e9 + COMPARED_BYTES / ArrivalTime.bytesPerSecond(subflow);
    }
}
