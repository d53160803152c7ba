package dev.multipath.scheduler;

import java.util.List;

/**
 * Copies of those frames that are waited for, within a budget: the first of what comes after a silence, the last ones, those that
 * are urgent, and those whose subflow makes no progress. The last ones decide when the whole is there, and nothing behind them would
 * show that they are late (XLINK, SIGCOMM 2021). All else is another scheduler's.
 */
public final class BoundedRedundancyScheduler implements CopyingScheduler {

    /** What XLINK took on average. */
    public static final double DEFAULT_BUDGET = 0.021;

    /** About what a TCP sends in its first round trip. */
    private static final long FIRST_BYTES = 16 << 10;

    private static final long LAST_BYTES = 16 << 10;

    /** A new session has nothing to have a share of, and its first words are waited for. */
    private static final long ADVANCE_BYTES = 16 << 10;

    private final Scheduler scheduler;
    private final double budget;
    private double copiedBytes;

    /** Makes the scheduler of one session: earliest arrival, and {@link #DEFAULT_BUDGET}. */
    public BoundedRedundancyScheduler() {
        this(new EarliestArrivalScheduler(), DEFAULT_BUDGET);
    }

    /**
     * Makes the scheduler of one session.
     *
     * @param scheduler who decides on first copies; of this session alone
     * @param budget the bytes of copies as a part of all other bytes, 0 to 1
     * @throws IllegalArgumentException if the budget is not like that
     */
    public BoundedRedundancyScheduler(Scheduler scheduler, double budget) {
        if (!(budget >= 0 && budget <= 1)) {
            throw new IllegalArgumentException("the budget must be in 0..1, not " + budget);
        }
        this.scheduler = scheduler;
        this.budget = budget;
    }

    @Override
    public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        return scheduler.select(subflows, offer, nowNanos);
    }

    @Override
    public long askAgainAtNanos() {
        return scheduler.askAgainAtNanos();
    }

    @Override
    public boolean copies(SubflowView subflow, FrameView frame, List<? extends SubflowView> subflows, long nowNanos) {
        boolean wanted = frame.copies() <= 1
                && (frame.aheadBytes() < FIRST_BYTES
                        || frame.behindBytes() < LAST_BYTES
                        || frame.isAtRisk()
                        || frame.urgency() == Urgency.URGENT);
        double allowedBytes = ADVANCE_BYTES + budget * frame.sessionBytes();
        if (!wanted || copiedBytes + frame.payloadBytes() > allowedBytes) {
            return false;
        }
        copiedBytes += frame.payloadBytes();
        return true;
    }
}
