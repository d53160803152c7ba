package dev.multipath.scheduler;

import java.util.List;

/** The Go implementation's rule: the subflow with the lowest smoothed round-trip time of those that can take a frame. */
public final class LowestRttScheduler implements Scheduler {

    /** Makes the scheduler of one session. */
    public LowestRttScheduler() {}

    @Override
    public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        int best = WAIT;
        long bestRttNanos = Long.MAX_VALUE;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView subflow = subflows.get(i);
            if (subflow.canTake() && (best == WAIT || subflow.smoothedRttNanos() < bestRttNanos)) {
                best = i;
                bestRttNanos = subflow.smoothedRttNanos();
            }
        }
        return best;
    }
}
