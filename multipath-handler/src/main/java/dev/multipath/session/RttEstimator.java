package dev.multipath.session;

/**
 * Smoothed round-trip time, its variance and the retransmission time-out of one subflow (RFC 6298), and the lowest
 * sample of late. Samples come only from frames that were sent once (Karn's rule), and that no outage lies behind, which is the
 * caller's duty. When answers come later than the time-out again and again, that is no outage but the path: so each but
 * the first of them, though no sample, doubles the time-out (RFC 6298 section 5.5), until one comes in time.
 */
final class RttEstimator {

    /** No sample yet. */
    static final long UNKNOWN = Long.MAX_VALUE;

    /**
     * Below this a late acknowledgement is more likely a busy peer than a dead path; Linux's TCP_RTO_MIN, for the same
     * reason.
     */
    static final long MIN_RTO_NANOS = 200_000_000L;

    /** So that one slow sample cannot postpone the failover by more than this. */
    static final long MAX_RTO_NANOS = 1_000_000_000L;

    /** RFC 6298 section 2.1's first RTO is 1 s. */
    static final long INITIAL_RTO_NANOS = 1_000_000_000L;

    /** How long a low sample counts; BBR's window. A path whose delay grew is noticed within twice that. */
    private static final long MIN_WINDOW_NANOS = 10_000_000_000L;

    /** Where that doubling ends: as that of repetition, {@link Retransmitter}. */
    private static final long MAX_BACKED_OFF_RTO_NANOS = 5_000_000_000L;

    /** One may be of a packet that was lost and sent again, below where that is not seen; of three on end hardly each is. */
    private static final int FEW_SAMPLES = 3;

    private long smoothedNanos = UNKNOWN;
    private long varianceNanos;
    private long minNanos = UNKNOWN;
    private long previousMinNanos = UNKNOWN;
    private long windowStartNanos;
    private long sampledAtNanos;
    private int lateAnswers;

    /** No more than {@link #FEW_SAMPLES}. */
    private int samples;

    /** What an answer that came later than {@link #retransmissionTimeoutNanos} says. */
    void onLateAnswer() {
        lateAnswers++;
    }

    /**
     * What the path is like with nothing of ours on it. Where that is far less than what is known, the path is another one by
     * now, or its queue has gone: as a first sample, since from one ping now and then the mean would need minutes to learn it. Returns
     * whether that is so.
     */
    boolean onIdleSample(long rttNanos, long nowNanos) {
        boolean isAnother = isKnown() && rttNanos < smoothedNanos / 2;
        if (isAnother) {
            smoothedNanos = UNKNOWN;
        }
        onSample(rttNanos, nowNanos);
        return isAnother;
    }

    void onSample(long rttNanos, long nowNanos) {
        sampledAtNanos = nowNanos;
        lateAnswers = 0;
        samples = Math.min(samples + 1, FEW_SAMPLES);
        long sample = Math.max(1, rttNanos);
        if (smoothedNanos == UNKNOWN) {
            smoothedNanos = sample;
            varianceNanos = sample / 2;
        } else {
            varianceNanos += (Math.abs(smoothedNanos - sample) - varianceNanos) / 4;
            smoothedNanos += (sample - smoothedNanos) / 8;
        }
        if (nowNanos - windowStartNanos > MIN_WINDOW_NANOS) {
            previousMinNanos = minNanos;
            minNanos = sample;
            windowStartNanos = nowNanos;
        } else {
            minNanos = Math.min(minNanos, sample);
        }
    }

    /** Whether the path may well be far better: it was not long ago; or so little is known of it that all of that may have been bad luck. */
    boolean isDoubtful() {
        return isKnown() && (samples < FEW_SAMPLES || smoothedNanos > 2 * minNanos());
    }

    long smoothedNanos() {
        return smoothedNanos;
    }

    /** When the last sample came; 0 if none has. */
    long sampledAtNanos() {
        return sampledAtNanos;
    }

    long varianceNanos() {
        return varianceNanos;
    }

    long minNanos() {
        return Math.min(minNanos, previousMinNanos);
    }

    boolean isKnown() {
        return smoothedNanos != UNKNOWN;
    }

    long retransmissionTimeoutNanos() {
        long timeoutNanos = measuredTimeoutNanos();
        for (int i = 1; i < lateAnswers && timeoutNanos < MAX_BACKED_OFF_RTO_NANOS; i++) {
            timeoutNanos = Math.min(2 * timeoutNanos, MAX_BACKED_OFF_RTO_NANOS);
        }
        return timeoutNanos;
    }

    private long measuredTimeoutNanos() {
        if (smoothedNanos == UNKNOWN) {
            return INITIAL_RTO_NANOS;
        }
        long timeoutNanos = smoothedNanos + 4 * varianceNanos;
        // The path's own round trip always fits, however long it is.
        return Math.max(Math.min(Math.max(timeoutNanos, MIN_RTO_NANOS), MAX_RTO_NANOS), 2 * minNanos());
    }
}
