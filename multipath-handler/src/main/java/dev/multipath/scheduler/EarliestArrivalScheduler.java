package dev.multipath.scheduler;

import java.util.List;

/**
 * The subflow on which the frame arrives first. A subflow that is full counts too: if it would have delivered all that waits
 * before another has delivered the next frame, the frame waits for it (ECF, CoNEXT 2017). And a frame does not go on a way so
 * long that the others would have to stop meanwhile, for want of credit or window (BLEST, Networking 2016). So a path that is
 * slower is used exactly when the whole is finished earlier with it.
 */
public final class EarliestArrivalScheduler implements Scheduler {

    /**
     * Estimates err, and a frame that comes later than thought holds up all others, while one that was kept from a slow path
     * costs little: so that is trusted as far as its round trips vary.
     */
    private static final int VARIANCES = 2;

    /** The size of a frame for a slow path, where it matters how long it takes. */
    private static final long SMALL_FRAME_BYTES = 4 << 10;

    /** Behind so much the round trip that a full window costs is filled by what follows, and the path is to grow. */
    private static final long BULK_BYTES = 256 << 10;

    /** A path that has shown no limit is taken to be so many times faster soon, at the most. */
    private static final double MAX_GROWTH = 7;

    /**
     * How much faster one may become with each round trip that is only added to faster ones: as a TCP in its slow start, and
     * no more for what comes in bursts.
     */
    private static final double ADDED_GROWTH = 2;

    /** A path of less than this part of the rate of others, and this many times later, costs more by what it delays than it adds. */
    private static final double PETTY_SHARE = 0.05;

    private static final int PETTY_DELAY = 10;

    /**
     * Where the last word came stays the way of the next one, if another would be earlier by no more than that, nor than round trips
     * vary; or by no more than this end's thread is late.
     */
    private static final long SAME_NANOS = 1_000_000;

    private static final double NANOS_PER_SECOND = 1e9;

    /** Makes the scheduler of one session. */
    public EarliestArrivalScheduler() {}

    @Override
    public int select(List<? extends SubflowView> subflows, Offer offer, long nowNanos) {
        long payloadBytes = Math.min(offer.queuedBytes(), SMALL_FRAME_BYTES);
        int best = WAIT;
        double bestSeconds = 0;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView subflow = subflows.get(i);
            if (subflow.canTake()) {
                double seconds = seconds(subflow, offer, payloadBytes);
                if (best == WAIT || seconds < bestSeconds) {
                    best = i;
                    bestSeconds = seconds;
                }
            }
        }
        if (best == WAIT) {
            return WAIT;
        }
        if (offer.queuedBytes() <= SMALL_FRAME_BYTES && !offer.isRepetition()) {
            best = asGood(subflows, best, bestSeconds, offer, payloadBytes);
        }
        double trustedSeconds = bestSeconds + VARIANCES * subflows.get(best).rttVarianceNanos() / NANOS_PER_SECOND;
        double meanwhileBytes = meanwhileBytes(subflows, payloadBytes, trustedSeconds);
        boolean othersAreDone = meanwhileBytes >= offer.queuedBytes();
        boolean othersAreStopped = meanwhileBytes >= offer.roomBytes();
        boolean waits = othersAreDone
                || othersAreStopped
                || isPushed(subflows, best, bestSeconds)
                || isPetty(subflows, best, bestSeconds);
        return meanwhileBytes > 0 && waits ? WAIT : best;
    }

    private static double seconds(SubflowView subflow, Offer offer, long payloadBytes) {
        double seconds = ArrivalTime.seconds(subflow, payloadBytes);
        return offer.queuedBytes() < BULK_BYTES ? seconds + ArrivalTime.windowSeconds(subflow, payloadBytes) : seconds;
    }

    /**
     * Of those that cannot be told apart the one on which something came last. So an answer goes where its request came, with the
     * acknowledgement: over another one it would cost two, of which the second is a write and a wake-up of its own.
     */
    private static int asGood(
            List<? extends SubflowView> subflows, int best, double bestSeconds, Offer offer, long payloadBytes) {
        int latest = best;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView subflow = subflows.get(i);
            if (subflow.heardAtNanos() > subflows.get(latest).heardAtNanos() && subflow.canTake()) {
                double laterNanos = (seconds(subflow, offer, payloadBytes) - bestSeconds) * NANOS_PER_SECOND;
                long sameNanos = Math.min(SAME_NANOS, VARIANCES * subflow.rttVarianceNanos());
                if (laterNanos <= Math.max(sameNanos, offer.lateNanos())) {
                    latest = i;
                }
            }
        }
        return latest;
    }

    /** Whether the subflow has shown that it adds next to nothing, and that late: each of its frames holds up many others. */
    private static boolean isPetty(List<? extends SubflowView> subflows, int chosen, double chosenSeconds) {
        SubflowView subflow = subflows.get(chosen);
        return !subflow.isRateGrowing()
                && subflow.deliveryRateBytesPerSecond()
                        < PETTY_SHARE * rateOfEarlier(subflows, chosen, chosenSeconds / PETTY_DELAY);
    }

    /**
     * Whether the subflow carries as much already as lets its rate grow without an overflow, which would hold up others that
     * are faster as yet.
     */
    private static boolean isPushed(List<? extends SubflowView> subflows, int chosen, double chosenSeconds) {
        SubflowView subflow = subflows.get(chosen);
        double rate = ArrivalTime.bytesPerSecond(subflow);
        double productBytes = rate * subflow.minRttNanos() / NANOS_PER_SECOND;
        // Of one that has carried nothing yet, what does not fit its first window comes a round trip later, and all
        // would wait for that.
        double mostBytes = subflow.deliveryRateBytesPerSecond() > 0
                ? ADDED_GROWTH * productBytes + SMALL_FRAME_BYTES
                : ArrivalTime.firstWindowBytes(subflow) - SMALL_FRAME_BYTES;
        return subflow.isRateGrowing()
                && subflow.inFlightBytes() > mostBytes
                && rate < rateOfEarlier(subflows, chosen, chosenSeconds);
    }

    /** Of those others on which something arrives before that. */
    private static double rateOfEarlier(List<? extends SubflowView> subflows, int chosen, double seconds) {
        double rate = 0;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView other = subflows.get(i);
            if (i != chosen && ArrivalTime.seconds(other, 0) < seconds) {
                rate += ArrivalTime.bytesPerSecond(other);
            }
        }
        return rate;
    }

    private static double deliveredBytes(SubflowView subflow, double seconds) {
        double bytes = seconds * ArrivalTime.bytesPerSecond(subflow);
        if (!subflow.isRateGrowing()) {
            return bytes;
        }
        // A TCP that has just begun is twice as fast after each round trip.
        double roundTrips = seconds * NANOS_PER_SECOND / Math.max(1, subflow.smoothedRttNanos());
        return bytes * (1 + Math.min(roundTrips, MAX_GROWTH));
    }

    /** What those deliver until then that are full at present, and would have delivered the frame earlier. */
    private static double meanwhileBytes(List<? extends SubflowView> subflows, long payloadBytes, double seconds) {
        double bytes = 0;
        for (int i = 0; i < subflows.size(); i++) {
            SubflowView subflow = subflows.get(i);
            // One that is in time with nothing in flight is held up by something else: nothing would tell when to ask
            // again.
            if (!subflow.canTake() && (subflow.inFlightBytes() > 0 || subflow.silentNanos() > 0)) {
                double aheadSeconds = seconds - ArrivalTime.seconds(subflow, payloadBytes);
                bytes += deliveredBytes(subflow, Math.max(0, aheadSeconds));
            }
        }
        return bytes;
    }
}
