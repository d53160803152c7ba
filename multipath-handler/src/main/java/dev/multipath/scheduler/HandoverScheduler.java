package dev.multipath.scheduler;

import java.util.List;

/**
 * One path at a time: the cheapest, and of several the one that was there first. Others only while it does not deliver. As the mode
 * of that name in Apple's systems, with the costs of the paths to say which is to be spared.
 */
public final class HandoverScheduler implements Scheduler {

    /** Makes the scheduler of one session. */
    public HandoverScheduler() {}

    @Override
    public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        int best = WAIT;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView subflow = subflows.get(i);
            boolean usable = subflow.isUsable();
            if (usable
                    && (best == WAIT
                            || subflow.attributes().cost()
                                    < subflows.get(best).attributes().cost())) {
                best = i;
            }
        }
        return best != WAIT && subflows.get(best).canTake() ? best : WAIT;
    }
}
