package dev.multipath.session;

/** When an acknowledgement of the extended profile is due on one subflow, and what it says of that subflow. */
final class AckSchedule {

    /** So that acknowledgements take less than half a percent: one of 20 bytes for two of the smallest bulk frames. */
    private static final int EVERY_BYTES = 8 << 10;

    /** Long enough to gather what a slow path brings in pieces, short beside the round trip of any wide-area path. */
    private static final long MAX_DELAY_NANOS = 2_000_000;

    /**
     * How long one may wait that another subflow's has told of: only this subflow's round trip is still to be learned from it.
     * QUIC's max_ack_delay (RFC 9000 section 18.2); far below the least RTO.
     */
    static final long MAX_TOLD_DELAY_NANOS = 25_000_000;

    private static final long NANOS_PER_MICRO = 1_000;

    private long frames;

    /** How many of these another subflow's acknowledgement has told of. */
    private long toldFrames;

    private long newestAtNanos;

    /** When the first came that is not acknowledged on this subflow. */
    private long waitingSinceNanos;

    private long unacknowledgedBytes;
    private long dueAtNanos = Deadline.NONE;

    /** A data frame or FIN has come. */
    void onNumberedFrame(int payloadBytes, boolean urgent, long nowNanos) {
        frames++;
        newestAtNanos = nowNanos;
        if (dueAtNanos == Deadline.NONE) {
            waitingSinceNanos = nowNanos;
        }
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

    /** Whether something has come that the peer was told of by no subflow. */
    boolean hasNews() {
        return dueAtNanos != Deadline.NONE && frames > toldFrames;
    }

    /** Another subflow's acknowledgement tells of all that has come. */
    void onToldElsewhere(long nowNanos) {
        toldFrames = frames;
        if (dueAtNanos != Deadline.NONE && dueAtNanos > nowNanos) {
            dueAtNanos = waitingSinceNanos + MAX_TOLD_DELAY_NANOS;
        }
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
