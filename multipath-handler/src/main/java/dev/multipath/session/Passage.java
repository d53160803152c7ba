package dev.multipath.session;

import dev.multipath.session.SentFrame.Transmission;

/**
 * When what was given to one subflow should be heard of, by what was given to it before and has been: a subflow delivers in order, and
 * its path is what it was a moment ago. An acknowledgement tells of the whole session, so on the nearest subflow it tells of this one's
 * frames long before its own would; and what it does not tell of by then is most likely lost, which the transport learns a round
 * trip of its own path later.
 */
final class Passage {

    /** What acknowledgements and event loops are late by: an acknowledgement may wait 2 ms. */
    private static final long GRACE_NANOS = 10_000_000;

    /** What a path's delay varies by without its being full: RFC 9406 section 4.3, MIN_RTT_DIVISOR and MAX_RTT_THRESH. */
    private static final int RTT_DIVISOR = 8;

    private static final long MAX_VARYING_NANOS = 16_000_000;

    /** Of the time between the two: what a path may have become slower by meanwhile. */
    private static final int DRIFT_DIVISOR = 4;

    private static final double NANOS_PER_SECOND = 1e9;

    private static final long NOTHING = -1;

    /** Of the newest copy that has been told of. */
    private long sequence = NOTHING;

    private long sentAtNanos;
    private long endsAtBytes;
    private long toldAtNanos;

    /** The peer has told, on whatever subflow, that this copy has arrived. */
    void onTold(Transmission copy, long nowNanos) {
        if (copy.sequence > sequence) {
            sequence = copy.sequence;
            sentAtNanos = copy.sentAtNanos;
            endsAtBytes = copy.endsAtBytes;
            toldAtNanos = nowNanos;
        }
    }

    /**
     * When the peer should have told of that copy, which is on the way still, whatever its path varies by; {@link Deadline#NONE} if that
     * is not known.
     */
    long dueAtNanos(Transmission copy, double bytesPerSecond, long minRttNanos) {
        if (sequence == NOTHING || copy.sequence < sequence || bytesPerSecond <= 0) {
            return Deadline.NONE;
        }
        long laterNanos = copy.sentAtNanos - sentAtNanos;
        long behindNanos = (long) ((copy.endsAtBytes - endsAtBytes) / bytesPerSecond * NANOS_PER_SECOND);
        return toldAtNanos
                + Math.max(laterNanos + laterNanos / DRIFT_DIVISOR, behindNanos)
                + Math.min(minRttNanos / RTT_DIVISOR, MAX_VARYING_NANOS)
                + GRACE_NANOS;
    }
}
