package dev.multipath.scheduler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Every subflow gets its share of the bytes, as the {@linkplain PathAttributes#weight() weights} of the paths say. If the one whose
 * turn it is has no room, the frame waits for it: else each would carry what it can, and weights would mean nothing. So the slowest
 * for its weight sets the pace. Start-time fair queueing (SIGCOMM 1996): who comes later, or was left out, has nothing to catch up with.
 */
public final class WeightedScheduler implements Scheduler {

    /** Where a subflow's share begins: at a point in virtual time, with so many bytes sent. */
    private record Start(double virtualTime, long sentBytes, int weight) {
        double virtualTime(SubflowView subflow) {
            return virtualTime + (double) (subflow.sentBytes() - sentBytes) / weight;
        }
    }

    private final Map<Integer, Start> starts = new HashMap<>();

    /** How far those are that had something to send. */
    private double virtualTime;

    /** Makes the scheduler of one session. */
    public WeightedScheduler() {}

    @Override
    public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        forgetOthers(subflows);
        int due = WAIT;
        double dueTime = Double.MAX_VALUE;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView subflow = subflows.get(i);
            double time = start(subflow).virtualTime(subflow);
            if (time < dueTime && subflow.isUsable()) {
                due = i;
                dueTime = time;
            }
        }
        if (due == WAIT) {
            return WAIT;
        }
        virtualTime = Math.max(virtualTime, dueTime);
        return subflows.get(due).canTake() ? due : WAIT;
    }

    private Start start(SubflowView subflow) {
        int weight = subflow.attributes().weight();
        Start start = starts.get(subflow.id());
        if (start == null || start.weight != weight) {
            double begins = start == null ? virtualTime : start.virtualTime(subflow);
            start = new Start(begins, subflow.sentBytes(), weight);
            starts.put(subflow.id(), start);
        }
        return start;
    }

    /** Those that are left out now come back as if they were new. */
    private void forgetOthers(List<? extends SubflowView> subflows) {
        if (starts.size() > subflows.size()) {
            starts.keySet().removeIf(id -> subflows.stream().noneMatch(subflow -> subflow.id() == id));
        }
    }
}
