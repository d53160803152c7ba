package dev.multipath.session.sim;

/** A TCP sender's round trip, and the time-outs that follow from it (RFC 6298 with Linux's limits). */
final class TcpTimeout {

    /** Linux's TCP_RTO_MIN, which there is the least of four variances. */
    private static final long MIN_RTO_NANOS = 200_000_000L;

    private static final long INITIAL_RTO_NANOS = 1_000_000_000L;
    private static final long MAX_RTO_NANOS = 120_000_000_000L;

    /** A tail loss probe waits for two jiffies more than two round trips (RFC 8985). */
    private static final long PROBE_MARGIN_NANOS = 2_000_000L;

    private static final int MAX_BACKOFF = 10;

    private long smoothedNanos = -1;
    private long varianceNanos;
    private int backoff;

    void onSample(long sampleNanos) {
        if (smoothedNanos < 0) {
            smoothedNanos = sampleNanos;
            varianceNanos = sampleNanos / 2;
        } else {
            varianceNanos += (Math.abs(smoothedNanos - sampleNanos) - varianceNanos) / 4;
            smoothedNanos += (sampleNanos - smoothedNanos) / 8;
        }
    }

    boolean isKnown() {
        return smoothedNanos >= 0;
    }

    /** -1 while unknown. */
    long smoothedNanos() {
        return smoothedNanos;
    }

    long varianceNanos() {
        return varianceNanos;
    }

    void onTimeout() {
        backoff = Math.min(backoff + 1, MAX_BACKOFF);
    }

    void onProgress() {
        backoff = 0;
    }

    boolean isBackedOff() {
        return backoff > 0;
    }

    long retransmissionNanos() {
        long base = isKnown() ? smoothedNanos + Math.max(MIN_RTO_NANOS, 4 * varianceNanos) : INITIAL_RTO_NANOS;
        return Math.min(base << backoff, MAX_RTO_NANOS);
    }

    /** A single packet's acknowledgement may be delayed. */
    long probeNanos(boolean single) {
        return Math.min(retransmissionNanos(), 2 * smoothedNanos + (single ? MIN_RTO_NANOS : PROBE_MARGIN_NANOS));
    }
}
