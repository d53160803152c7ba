package dev.multipath.scheduler;

import java.util.ArrayList;
import java.util.List;

/**
 * The cheapest paths carry all that they can; one that {@linkplain PathAttributes#cost() costs} more is used only if a deadline or a
 * rate would be missed otherwise (MP-DASH, CoNEXT 2016). And if nothing cheaper delivers. Deadlines are those of what was written.
 */
public final class CostlyPathScheduler implements Scheduler {

    /** So much of what a path has shown is relied on. */
    private static final double RELIED_ON = 0.9;

    private static final double NANOS_PER_SECOND = 1e9;

    private final double wantedBytesPerSecond;
    private final EarliestArrivalScheduler arrival = new EarliestArrivalScheduler();
    private long askAgainAtNanos = Long.MAX_VALUE;

    /** Of one decision; kept, so that it makes no garbage. */
    private final List<SubflowView> chosen = new ArrayList<>();

    /** Makes the scheduler of one session: costly paths are used for deadlines only. */
    public CostlyPathScheduler() {
        this(0);
    }

    /**
     * Makes the scheduler of one session.
     *
     * @param wantedBytesPerSecond the rate that there should be for whatever waits, whatever it costs; 0 for any
     * @throws IllegalArgumentException if it is negative
     */
    public CostlyPathScheduler(double wantedBytesPerSecond) {
        if (!(wantedBytesPerSecond >= 0)) {
            throw new IllegalArgumentException("wantedBytesPerSecond must not be negative: " + wantedBytesPerSecond);
        }
        this.wantedBytesPerSecond = wantedBytesPerSecond;
    }

    @Override
    public long askAgainAtNanos() {
        return askAgainAtNanos;
    }

    @Override
    public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        askAgainAtNanos = Long.MAX_VALUE;
        chosen.clear();
        int cost = -1;
        do {
            cost = nextCost(subflows, cost);
            addThoseOf(subflows, cost);
        } while (chosen.size() < subflows.size() && !isEnough(offer, nowNanos));
        int index = arrival.select(chosen, offer, nowNanos);
        return index == WAIT ? WAIT : subflows.indexOf(chosen.get(index));
    }

    private static int nextCost(List<? extends SubflowView> subflows, int above) {
        int next = Integer.MAX_VALUE;
        for (int i = 0; i < subflows.size(); i++) {
            int cost = subflows.get(i).attributes().cost();
            next = cost > above ? Math.min(next, cost) : next;
        }
        return next;
    }

    private void addThoseOf(List<? extends SubflowView> subflows, int cost) {
        for (int i = 0; i < subflows.size(); i++) {
            if (subflows.get(i).attributes().cost() == cost) {
                chosen.add(subflows.get(i));
            }
        }
    }

    /** Whether these alone have the wanted rate, and bring in time what is due. */
    private boolean isEnough(Offer offer, long nowNanos) {
        double rate = 0;
        double soonestSeconds = ArrivalTime.UNKNOWN;
        boolean usable = false;
        for (SubflowView subflow : chosen) {
            usable |= subflow.isUsable();
            rate += ArrivalTime.bytesPerSecond(subflow);
            soonestSeconds = Math.min(soonestSeconds, ArrivalTime.seconds(subflow, 0));
        }
        if (!usable || rate < wantedBytesPerSecond) {
            return false;
        }
        if (offer.dueBytes() == 0) {
            return true;
        }
        double neededSeconds = soonestSeconds + offer.dueBytes() / (RELIED_ON * rate);
        double spareNanos = offer.deadlineNanos() - nowNanos - neededSeconds * NANOS_PER_SECOND;
        if (spareNanos < 0) {
            return false;
        }
        askAgainAtNanos = nowNanos + Math.max(1, (long) Math.min(spareNanos, Long.MAX_VALUE / 2));
        return true;
    }
}
