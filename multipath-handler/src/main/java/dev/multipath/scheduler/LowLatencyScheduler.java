package dev.multipath.scheduler;

import java.util.ArrayList;
import java.util.List;

/**
 * What is small or urgent goes where it arrives first, even if that path has a hundredth of the rate of another; and what is bulk
 * leaves such a narrow path alone, so that there is no queue on it when something urgent comes (DChannel, NSDI 2023).
 */
public final class LowLatencyScheduler implements Scheduler {

    /** A path with less than this part of all rates is left to what is small: bulk would not feel its help. */
    private static final double NARROW_SHARE = 0.1;

    /** What is no more than this is small. */
    private static final long SMALL_BYTES = 32 << 10;

    private final EarliestArrivalScheduler bulk = new EarliestArrivalScheduler();

    /** Of one decision; kept, so that it makes no garbage. */
    private final List<SubflowView> wide = new ArrayList<>();

    /** Makes the scheduler of one session. */
    public LowLatencyScheduler() {}

    @Override
    public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        return switch (offer.urgency()) {
            case URGENT -> soonest(subflows, Math.min(offer.queuedBytes(), SMALL_BYTES));
            case NORMAL ->
                offer.queuedBytes() <= SMALL_BYTES
                        ? soonest(subflows, offer.queuedBytes())
                        : wide(subflows, offer, nowNanos);
            case BULK -> wide(subflows, offer, nowNanos);
        };
    }

    /** On which all of it arrives first, even if it has to wait for room there. */
    private static int soonest(List<? extends SubflowView> subflows, long bytes) {
        int best = WAIT;
        double bestSeconds = 0;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView subflow = subflows.get(i);
            if (subflow.isUsable()) {
                double seconds = ArrivalTime.seconds(subflow, bytes);
                if (best == WAIT || seconds < bestSeconds) {
                    best = i;
                    bestSeconds = seconds;
                }
            }
        }
        return best != WAIT && subflows.get(best).canTake() ? best : WAIT;
    }

    private int wide(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        double rate = 0;
        for (int i = 0; i < subflows.size(); i++) {
            rate += ArrivalTime.bytesPerSecond(subflows.get(i));
        }
        double least = NARROW_SHARE * rate;
        wide.clear();
        for (int i = 0; i < subflows.size(); i++) {
            if (ArrivalTime.bytesPerSecond(subflows.get(i)) >= least) {
                wide.add(subflows.get(i));
            }
        }
        int index = bulk.select(wide, offer, nowNanos);
        return index == WAIT ? WAIT : subflows.indexOf(wide.get(index));
    }
}
