package dev.multipath.session;

/** One copy of a frame on one subflow. Resolved once it is acknowledged, lost, or its subflow is gone. */
final class Transmission {

    final SentFrame frame;
    final Carrier carrier;
    /** Its place in the order of what this subflow was given. */
    final long sequence;

    final long sentAtNanos;
    /** The subflow's count of acknowledged bytes, and the time of its last increase, when this copy was sent. */
    final long deliveredBytesBefore;

    final long deliveredAtNanosBefore;
    /** When that was sent which was acknowledged last when this copy was sent. */
    final long deliveredSentAtNanosBefore;
    /** There was room for more, so it says little about what the subflow could carry. */
    final boolean limitedByOthers;

    /** When it should be at the peer, as far as could be told when it was sent. */
    final long expectedAtNanos;

    /** When its acknowledgement is so late that its path is more likely in trouble. */
    final long overdueAtNanos;

    private boolean resolved;
    Transmission previous;

    Transmission(
            SentFrame frame,
            Carrier carrier,
            long sequence,
            long sentAtNanos,
            long deliveredBytesBefore,
            long deliveredAtNanosBefore,
            long deliveredSentAtNanosBefore,
            boolean limitedByOthers,
            long expectedAtNanos,
            long overdueAtNanos) {
        this.frame = frame;
        this.carrier = carrier;
        this.sequence = sequence;
        this.sentAtNanos = sentAtNanos;
        this.deliveredBytesBefore = deliveredBytesBefore;
        this.deliveredAtNanosBefore = deliveredAtNanosBefore;
        this.deliveredSentAtNanosBefore = deliveredSentAtNanosBefore;
        this.limitedByOthers = limitedByOthers;
        this.expectedAtNanos = expectedAtNanos;
        this.overdueAtNanos = overdueAtNanos;
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
