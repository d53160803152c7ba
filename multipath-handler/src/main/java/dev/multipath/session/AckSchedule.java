package dev.multipath.session;

/** When an acknowledgement of the extended profile is due on one subflow, and what it says of that subflow. */
final class AckSchedule {

    /** So that acknowledgements take less than half a percent: one of 20 bytes for two of the smallest bulk frames. */
    private static final int EVERY_BYTES = 8 << 10;

    /** Long enough to gather what a slow path brings in pieces, short beside the round trip of any wide-area path. */
    private static final long MAX_DELAY_NANOS = 2_000_000;

    private static final long NANOS_PER_MICRO = 1_000;

    private long frames;
    private long newestAtNanos;
    private long unacknowledgedBytes;
    private long dueAtNanos = Deadline.NONE;

    /** A data frame or FIN has come. */
    void onNumberedFrame(int payloadBytes, boolean urgent, long nowNanos) {
        frames++;
        newestAtNanos = nowNanos;
        unacknowledgedBytes += payloadBytes;
        if (urgent || unacknowledgedBytes >= EVERY_BYTES) {
            dueAtNanos = nowNanos;
        } else {
            dueAtNanos = Math.min(dueAtNanos, nowNanos + MAX_DELAY_NANOS);
        }
    }

    /** One is to be sent whether anything has come or not. */
    void request(long nowNanos) {
        dueAtNanos = Math.min(dueAtNanos, nowNanos);
    }

    long dueAtNanos() {
        return dueAtNanos;
    }

    void onAcknowledged() {
        unacknowledgedBytes = 0;
        dueAtNanos = Deadline.NONE;
    }

    /** Data frames and FINs that have come on the subflow, since its preface. */
    long frames() {
        return frames;
    }

    long delayMicros(long nowNanos) {
        return frames == 0 ? 0 : (nowNanos - newestAtNanos) / NANOS_PER_MICRO;
    }
}
