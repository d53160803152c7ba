package dev.multipath.scheduler;

import java.util.List;

/** Every subflow that can take a frame in turn, whatever its speed. */
public final class RoundRobinScheduler implements Scheduler {

    private int lastId = -1;

    /** Makes the scheduler of one session. */
    public RoundRobinScheduler() {}

    @Override
    public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        // Ids grow in the order of joining, so "the next one" survives subflows that come and go.
        int first = WAIT;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView subflow = subflows.get(i);
            if (!subflow.canTake()) {
                continue;
            }
            if (subflow.id() > lastId) {
                lastId = subflow.id();
                return i;
            }
            if (first == WAIT) {
                first = i;
            }
        }
        if (first != WAIT) {
            lastId = subflows.get(first).id();
        }
        return first;
    }
}
