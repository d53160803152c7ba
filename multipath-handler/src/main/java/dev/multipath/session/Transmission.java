package dev.multipath.session;

/** One copy of a frame on one subflow. Resolved once it is acknowledged, lost, or its subflow is gone. */
final class Transmission {

    final SentFrame frame;
    Carrier carrier;
    /** Its place in the order of what this subflow was given. */
    long sequence;

    long sentAtNanos;
    /** The subflow's count of acknowledged bytes, and the time of its last increase, when this copy was sent. */
    long deliveredBytesBefore;

    long deliveredAtNanosBefore;
    /** When that was sent which was acknowledged last when this copy was sent. */
    long deliveredSentAtNanosBefore;
    /** There was room for more, so it says little about what the subflow could carry. */
    boolean limitedByOthers;

    /** When it should be at the peer, as far as could be told when it was sent. */
    long expectedAtNanos;

    /** When its acknowledgement is so late that its path is more likely in trouble. */
    long overdueAtNanos;

    /** The peer's host may have it, and keeps it back until then at the least; in the past if nothing is known of that. */
    long heldUntilNanos;

    private boolean resolved;
    Transmission previous;

    Transmission(SentFrame frame) {
        this.frame = frame;
    }

    /** It is on the way from now on; what else there is to know of it is set by the flight that it belongs to. */
    void begin(Carrier newCarrier, long newSequence, long nowNanos) {
        carrier = newCarrier;
        sequence = newSequence;
        sentAtNanos = nowNanos;
        resolved = false;
    }

    boolean isResolved() {
        return resolved;
    }

    /** This copy is no longer on the way. */
    void resolve() {
        if (!resolved) {
            resolved = true;
            carrier.onResolved(frame.payloadBytes);
        }
    }
}
