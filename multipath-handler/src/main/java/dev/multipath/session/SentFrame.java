package dev.multipath.session;

import dev.multipath.codec.FinFrame;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.scheduler.Urgency;
import io.netty.buffer.ByteBuf;

/**
 * A numbered frame and its copies on the way. Holds the payload until the peer has acknowledged any copy. One without a
 * payload is the FIN.
 *
 * <p>The object, and that of its first copy, are used again for a later frame ({@link #begin}) when nobody refers to this one
 * any more: bulk makes no garbage by them.
 */
final class SentFrame {

    /** One copy of a frame on one subflow. Resolved once it is acknowledged, lost, or its subflow is gone. */
    static final class Transmission {

        final SentFrame frame;
        Carrier carrier;
        /** Its place in the order of what this subflow was given. */
        long sequence;

        long sentAtNanos;
        /** Bytes that this subflow was given, up to its end. */
        long endsAtBytes;

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

        /** How much later it may yet come by itself, where the transport does not tell. */
        long patienceNanos;

        /** The peer's host may have it, and keeps it back until then at the least; in the past if nothing is known of that. */
        long heldUntilNanos;

        private boolean resolved;
        Transmission previous;

        Transmission(SentFrame frame) {
            this.frame = frame;
        }

        /** It is on the way from now on; what else there is to know of it is set by the flight that it belongs to. */
        void begin(Carrier newCarrier, long newSequence, long nowNanos) {
            if (carrier != newCarrier) {
                // Used again it mostly is the same, and what is not written is no work for the garbage collector.
                carrier = newCarrier;
            }
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

    private static final long NEVER = Long.MIN_VALUE;

    long frameNumber;
    int payloadBytes;
    private ByteBuf payload;

    /** The channel that writes the payload moves its indices. */
    private int payloadStart;

    private final Transmission first = new Transmission(this);

    /** How many copies a {@link Flight} has in its list, resolved or not. */
    private int listedCopies;

    /** The newest copy; older ones hang behind it ({@link Transmission#previous}) while they are on the way. */
    private Transmission newest;

    private boolean sent;
    private boolean sentAgain;
    private boolean repeated;

    /** If this frame is acknowledged, those behind it are known to be so too, up to this number: {@link SendWindow}'s. */
    long acknowledgedUpTo;

    /** How urgent the application has called it. */
    Urgency urgency = Urgency.NORMAL;

    /** Bytes before it since the window was empty, and all up to its end: {@link SendWindow}'s. */
    long aheadBytes;

    long endsAtBytes;

    /** Why the frame waits to be sent again; null if it does not. */
    RepetitionCause queuedFor;

    SentFrame(long frameNumber, ByteBuf payload) {
        begin(frameNumber, payload);
    }

    /** Becomes another frame; only if this one {@link #isForgotten()}. */
    void begin(long newFrameNumber, ByteBuf newPayload) {
        frameNumber = newFrameNumber;
        acknowledgedUpTo = newFrameNumber + 1;
        payload = newPayload;
        payloadBytes = newPayload.readableBytes();
        payloadStart = newPayload.readerIndex();
        newest = null;
        urgency = Urgency.NORMAL;
        repeated = false;
        sent = false;
        sentAgain = false;
    }

    /** Whether it is acknowledged, and no flight and no queue refers to it. */
    boolean isForgotten() {
        return isAcknowledged() && listedCopies == 0 && queuedFor == null;
    }

    boolean isAcknowledged() {
        return payload == null;
    }

    /** Hands the frame over; the payload's bytes are shared, not copied. Returns whether the subflow's channel can take more. */
    boolean write(Subflow subflow, FrameSink sink) {
        if (payloadBytes == 0) {
            return sink.write(subflow, new FinFrame(frameNumber));
        }
        // The first copy's channel is the only one to use the payload's own indices.
        return sink.writeData(
                subflow, frameNumber, sentAgain ? payload.retainedSlice(payloadStart, payloadBytes) : payload.retain());
    }

    /** Another copy leaves, which a flight lists until {@link #onUnlisted()}. */
    Transmission addTransmission() {
        Transmission transmission = sent ? new Transmission(this) : first;
        listedCopies++;
        sentAgain = sent;
        sent = true;
        transmission.previous = newest;
        newest = transmission;
        return transmission;
    }

    void onUnlisted() {
        listedCopies--;
    }

    /** A receiver that drops a frame again and again, for hours, must not make copies pile up here. */
    void unlinkResolved() {
        Transmission kept = newest;
        for (Transmission t = newest.previous; t != null; t = t.previous) {
            if (!t.isResolved()) {
                kept.previous = t;
                kept = t;
            }
        }
        kept.previous = null;
    }

    boolean wasSent() {
        return sent;
    }

    /** Karn's rule: only such a frame's acknowledgement is a sample. */
    boolean wasSentOnce() {
        return sent && !sentAgain;
    }

    /** The same where the peer counts copies: one that was made beside the first, on another subflow, is told from it. */
    boolean isSample() {
        return !repeated && sent;
    }

    /** It is sent again, and not only copied. */
    void onRepeated() {
        repeated = true;
    }

    /** The only copy there ever was, if it is on the way still; or null. */
    Transmission onlyTransmission() {
        return wasSentOnce() && newest != null && !newest.isResolved() ? newest : null;
    }

    /** The only copy on the way on a subflow that is relied on; null if there is none, or more than one. */
    Transmission onlyReliedOn() {
        Transmission found = null;
        for (Transmission t = newest; t != null; t = t.previous) {
            if (!t.isResolved() && t.carrier.isReliable()) {
                if (found != null) {
                    return null;
                }
                found = t;
            }
        }
        return found;
    }

    /**
     * When the acknowledgement of every copy is overdue that is relied on, or if none is, of all that are on the way; {@link
     * Deadline#NONE} if it is not on the way.
     */
    long overdueAtNanos() {
        return overdueAtNanos(false);
    }

    /** The same, and none will come by itself any more, as far as their subflows have shown. */
    long givenUpAtNanos() {
        return overdueAtNanos(true);
    }

    private long overdueAtNanos(boolean patient) {
        long overdueAtNanos = NEVER;
        boolean onTheWay = isOnTheWay();
        for (Transmission t = newest; t != null; t = t.previous) {
            if (!t.isResolved() && (!onTheWay || t.carrier.isReliable())) {
                overdueAtNanos = Math.max(overdueAtNanos, t.overdueAtNanos + (patient ? t.patienceNanos : 0));
            }
        }
        return overdueAtNanos == NEVER ? Deadline.NONE : overdueAtNanos;
    }

    /** The oldest copy on this subflow that is still on the way, or null. */
    Transmission transmissionOn(Carrier carrier) {
        Transmission found = null;
        for (Transmission t = newest; t != null; t = t.previous) {
            if (t.carrier == carrier && !t.isResolved()) {
                found = t;
            }
        }
        return found;
    }

    /** The peer has the frame: no further copy on this subflow need be waited for. */
    void resolveOn(Carrier carrier) {
        for (Transmission t = newest; t != null; t = t.previous) {
            if (t.carrier == carrier) {
                t.resolve();
            }
        }
    }

    /** How many copies are on the way on subflows that deliver at present. */
    int copiesThatProgress() {
        int copies = 0;
        for (Transmission t = newest; t != null; t = t.previous) {
            if (!t.isResolved() && t.carrier.isProgressing()) {
                copies++;
            }
        }
        return copies;
    }

    /** Whether a copy is on the way on a subflow that delivers, and that can be relied on. */
    boolean isOnTheWay() {
        for (Transmission t = newest; t != null; t = t.previous) {
            if (!t.isResolved() && t.carrier.isReliable()) {
                return true;
            }
        }
        return false;
    }

    /** No copy's acknowledgement can be told any more: the frame's place in the window is taken by another. */
    void forgetTransmissions() {
        for (Transmission t = newest; t != null; t = t.previous) {
            t.resolve();
        }
        newest = null;
    }

    /** Lets go of the payload; the frame counts as acknowledged from now on. */
    void release() {
        if (payload != null) {
            payload.release();
            payload = null;
        }
    }
}
