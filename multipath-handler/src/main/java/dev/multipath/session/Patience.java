package dev.multipath.session;

import dev.multipath.session.SentFrame.Transmission;

/**
 * How much later than when they were overdue one subflow's frames have come of late, by themselves. A packet that is lost twice takes its transport a
 * round trip more than one that is lost once, and holds up all that was sent behind it for as long. Copies of all that would leave when it is overdue, and
 * come later than the frames: on a path that loses one packet in a hundred it happens several times a second.
 */
final class Patience {

    /** What was the most in it counts for one to two of them: BBR's window of the lowest round trip. */
    private static final long WINDOW_NANOS = 10_000_000_000L;

    private long mostNanos;
    private long mostBeforeNanos;
    private long windowStartNanos;

    /** That copy has arrived, before any other of its frame. Later by more than a round trip it was no repair, but an outage. */
    void onTold(Transmission copy, RttEstimator rtt, long nowNanos) {
        long lateNanos = nowNanos - copy.overdueAtNanos;
        if (lateNanos <= 0 || !rtt.isKnown() || lateNanos > rtt.smoothedNanos()) {
            return;
        }
        if (nowNanos - windowStartNanos > WINDOW_NANOS) {
            mostBeforeNanos = nanos(nowNanos);
            mostNanos = 0;
            windowStartNanos = nowNanos;
        }
        mostNanos = Math.max(mostNanos, lateNanos);
    }

    /** How much longer what is sent now may yet come by itself. */
    long nanos(long nowNanos) {
        long ageNanos = nowNanos - windowStartNanos;
        if (ageNanos > 2 * WINDOW_NANOS) {
            return 0;
        }
        return ageNanos > WINDOW_NANOS ? mostNanos : Math.max(mostNanos, mostBeforeNanos);
    }
}
