package dev.multipath.session;

import dev.multipath.metrics.RepetitionCause;
import dev.multipath.session.SentFrame.Transmission;
import java.util.function.Predicate;

/**
 * Copies of frames that all others wait for, on a subflow that brings them earlier. At once if that one has nothing better to
 * do: at the end of what there is to send, and when window or credit is used up since a frame takes its time on a slow
 * path. And when the acknowledgement of the lowest frame is overdue: then its subflow may be dead, and a copy costs little; or the
 * peer's host keeps it back, since something before it on its subflow was lost; or it is missing, though what its subflow had before it
 * has come ({@link Passage}).
 * Each frame is copied once, in the order in which they are waited for.
 */
final class Overtaking {

    /** It has to gain more than this: else it comes at about the same time, and is sent for nothing. */
    private static final long MIN_GAIN_NANOS = 2_000_000;

    /** A transport repairs a loss about as soon as it is noticed here and a copy is there, if its round trip is shorter. */
    private static final long MIN_REPAIR_NANOS = 50_000_000;

    /** Of the lowest frames: those behind them are waited for later. */
    private static final int MAX_LOOKED_AT = 64;

    private static final long NEVER = Long.MIN_VALUE;

    private final SubflowSet subflows;
    private final SendQueue sendQueue;
    private final SendWindow sendWindow;
    private final SendCredit sendCredit;
    private final Transmitter transmitter;
    private final Lateness lateness;

    /** What was found to come earlier on one that is full now than on any that is not. */
    private long waitingBytes;

    /** When some of it waited that is overdue; {@link #NEVER} if none does. */
    private long waitedAtNanos = NEVER;

    /** The frame that was found, and who is to carry its copy. */
    private SentFrame frame;

    private SubflowControl carrier;

    Overtaking(
            SubflowSet subflows,
            SendQueue sendQueue,
            SendWindow sendWindow,
            SendCredit sendCredit,
            Transmitter transmitter,
            Lateness lateness) {
        this.subflows = subflows;
        this.sendQueue = sendQueue;
        this.sendWindow = sendWindow;
        this.sendCredit = sendCredit;
        this.transmitter = transmitter;
        this.lateness = lateness;
    }

    /** The receiver waits for the lowest frame, and its acknowledgement should have come, or is known to come late. */
    void transmitOverdue(long nowNanos, FrameSink sink) {
        while (findHeld(nowNanos)) {
            transmitter.transmitAgain(frame, carrier, RepetitionCause.HEAD_OF_LINE, nowNanos, sink);
        }
        while (findMissing(nowNanos)) {
            transmitter.transmitAgain(frame, carrier, RepetitionCause.HEAD_OF_LINE, nowNanos, sink);
        }
        while (findOverdue(nowNanos)) {
            transmitter.transmitAgain(frame, carrier, RepetitionCause.HEAD_OF_LINE, nowNanos, sink);
        }
    }

    /** Nothing new can leave: what would arrive earlier on another subflow goes there too. */
    void transmitOvertaking(long nowNanos, FrameSink sink) {
        boolean tail = sendQueue.isEmpty();
        boolean stopped = !sendWindow.hasRoom() || sendCredit.availableBytes() == 0;
        if (!tail && !stopped) {
            return;
        }
        RepetitionCause cause = tail ? RepetitionCause.TAIL : RepetitionCause.HEAD_OF_LINE;
        waitingBytes = 0;
        long fromFrameNumber = 0;
        while (find(fromFrameNumber, nowNanos)) {
            transmitter.transmitAgain(frame, carrier, cause, nowNanos, sink);
            fromFrameNumber = frame.frameNumber + 1;
        }
    }

    /**
     * Whether one of the lowest frames is overdue, of which there is one copy only, and another subflow can carry it: the most overdue, or
     * if that one waits for a subflow that is full, the lowest of all others that need not wait for the same.
     */
    private boolean findOverdue(long nowNanos) {
        waitingBytes = 0;
        waitedAtNanos = NEVER;
        SentFrame most = mostOverdue();
        if (most == null || nowNanos < most.onlyTransmission().overdueAtNanos) {
            return false;
        }
        return findOverdue(most, nowNanos) || (waitingBytes > 0 && findBehind(most, nowNanos));
    }

    private boolean findOverdue(SentFrame overdue, long nowNanos) {
        SubflowControl other = soonest(overdue.onlyTransmission().carrier, Overtaking::canTakeUrgent, nowNanos);
        return other != null && !waitsForFull(overdue, other, nowNanos) && found(overdue, other);
    }

    private boolean findBehind(SentFrame most, long nowNanos) {
        SentFrame next = sendWindow.unacknowledgedFrom(0);
        for (int i = 0; next != null && i < MAX_LOOKED_AT; i++) {
            Transmission copy = next.onlyTransmission();
            if (next != most && copy != null && nowNanos >= copy.overdueAtNanos && findOverdue(next, nowNanos)) {
                return true;
            }
            next = sendWindow.unacknowledgedFrom(next.frameNumber + 1);
        }
        waitedAtNanos = nowNanos;
        return false;
    }

    /**
     * Whether one that is full, even for this, brings it earlier than that one, behind what waits for the same already. Near ones are full most of the
     * time. When a path dies all that it carried is overdue at once, and each frame that a far one is given instead holds up the
     * stream for the far one's time.
     */
    private boolean waitsForFull(SentFrame next, SubflowControl able, long nowNanos) {
        long ableNanos = arrivesAtNanos(able, next.payloadBytes, nowNanos);
        for (int i = 0; i < subflows.candidates().size(); i++) {
            SubflowControl other = subflows.candidates().get(i);
            if (other != next.onlyTransmission().carrier
                    && hasRoomSoon(other)
                    && arrivesAtNanos(other, waitingBytes + next.payloadBytes, nowNanos) < ableNanos) {
                waitingBytes += next.payloadBytes;
                return true;
            }
        }
        return false;
    }

    /** It has delivered, is not late, and its transport does not pause. */
    private static boolean hasRoomSoon(SubflowControl subflow) {
        return !canTakeUrgent(subflow)
                && subflow.deliveryRateBytesPerSecond() > 0
                && subflow.isWritable()
                && !subflow.isLate()
                && subflow.terms().limits.hasRoom()
                && subflow.flight().limitBytes() > 0;
    }

    /** Whether one of the lowest frames is kept back by the peer's host for longer than its copy would take on another subflow. */
    private boolean findHeld(long nowNanos) {
        SentFrame next = isPossible() && isAnyHeld(nowNanos) ? sendWindow.unacknowledgedFrom(0) : null;
        for (int i = 0; next != null && i < MAX_LOOKED_AT; i++) {
            Transmission copy = next.onlyTransmission();
            if (copy != null && copy.heldUntilNanos > nowNanos && next.queuedFor == null) {
                SubflowControl other = soonest(copy.carrier, Overtaking::canTakeUrgent, nowNanos);
                if (other != null
                        && copy.heldUntilNanos - other.arrivesAtNanos(next.payloadBytes, nowNanos) > minGainNanos()) {
                    return found(next, other);
                }
            }
            next = sendWindow.unacknowledgedFrom(next.frameNumber + 1);
        }
        return false;
    }

    /**
     * Whether the lowest frame has not come though what its subflow had before it has, and a copy takes less than half of the round trip
     * in which its transport could repair that. It is the other subflow that must have been heard of since: if nothing comes, nothing
     * is known.
     */
    private boolean findMissing(long nowNanos) {
        SentFrame lowest = isPossible() ? sendWindow.lowest() : null;
        Transmission copy = lowest == null || lowest.queuedFor != null ? null : lowest.onlyTransmission();
        SubflowControl late = copy == null ? null : subflows.active(copy.carrier);
        if (late == null || late.minRttNanos() < MIN_REPAIR_NANOS) {
            return false;
        }
        long toldByNanos = late.flight().toldByNanos(copy);
        if (toldByNanos > nowNanos) {
            return false;
        }
        SubflowControl other = soonest(late, Overtaking::canTakeUrgent, nowNanos);
        return other != null
                && other.heardAtNanos() >= toldByNanos
                && other.arrivesAtNanos(lowest.payloadBytes, nowNanos) - nowNanos < late.minRttNanos() / 2
                && found(lowest, other);
    }

    /** Noted only now: a reference that is written each turn is work for the garbage collector. Returns whether somebody can carry it. */
    private boolean found(SentFrame foundFrame, SubflowControl foundCarrier) {
        if (foundCarrier != null) {
            frame = foundFrame;
            carrier = foundCarrier;
        }
        return foundCarrier != null;
    }

    private boolean isAnyHeld(long nowNanos) {
        for (int i = 0; i < subflows.active().size(); i++) {
            if (subflows.active().get(i).flight().isHeld(nowNanos)) {
                return true;
            }
        }
        return false;
    }

    /** When to look again for one that is overdue, if nothing happens before. */
    long nextDeadlineNanos() {
        SentFrame first = mostOverdue();
        if (first == null || !isAnyOther(first.onlyTransmission().carrier)) {
            return Deadline.NONE;
        }
        return first.onlyTransmission().overdueAtNanos;
    }

    private boolean isPossible() {
        return subflows.active().size() > 1 && !sendWindow.isEmpty();
    }

    private SentFrame mostOverdue() {
        SentFrame found = null;
        SentFrame next = isPossible() ? sendWindow.unacknowledgedFrom(0) : null;
        for (int i = 0; next != null && i < MAX_LOOKED_AT; i++) {
            Transmission copy = next.onlyTransmission();
            // What waits, waits for news and not for time.
            if (copy != null
                    && copy.overdueAtNanos > waitedAtNanos
                    && (found == null || copy.overdueAtNanos < found.onlyTransmission().overdueAtNanos)) {
                found = next;
            }
            next = sendWindow.unacknowledgedFrom(next.frameNumber + 1);
        }
        return found;
    }

    /** Looks for the next frame to copy, from that number on; false if there is none. */
    private boolean find(long fromFrameNumber, long nowNanos) {
        SubflowControl soonest = isPossible() ? soonest(null, SubflowControl::canTake, nowNanos) : null;
        if (soonest == null) {
            return false;
        }
        SentFrame next = sendWindow.unacknowledgedFrom(fromFrameNumber);
        while (next != null && !isWorthIt(next, soonest, nowNanos)) {
            next = sendWindow.unacknowledgedFrom(next.frameNumber + 1);
        }
        return next != null && found(next, soonest);
    }

    /** Whether another one could carry a copy; asked each turn, so it does not reckon when that would arrive. */
    private boolean isAnyOther(Carrier except) {
        for (int i = 0; i < subflows.candidates().size(); i++) {
            SubflowControl subflow = subflows.candidates().get(i);
            if (subflow.canTake() && subflow != except && subflow.smoothedRttNanos() != RttEstimator.UNKNOWN) {
                return true;
            }
        }
        return false;
    }

    private SubflowControl soonest(Carrier except, Predicate<SubflowControl> able, long nowNanos) {
        SubflowControl soonest = null;
        long soonestNanos = Deadline.NONE;
        for (int i = 0; i < subflows.candidates().size(); i++) {
            SubflowControl subflow = subflows.candidates().get(i);
            if (subflow != except && able.test(subflow)) {
                long atNanos = arrivesAtNanos(subflow, 0, nowNanos);
                if (atNanos < soonestNanos) {
                    soonest = subflow;
                    soonestNanos = atNanos;
                }
            }
        }
        return soonest;
    }

    /** Where the transport pauses (bbr's PROBE_RTT) its window lets pass what is before it in so many round trips. */
    private static long arrivesAtNanos(SubflowControl subflow, long payloadBytes, long nowNanos) {
        long atNanos = subflow.arrivesAtNanos(payloadBytes, nowNanos);
        long windowBytes = subflow.transportWindowBytes();
        if (windowBytes == 0 || subflow.inFlightBytes() <= windowBytes || atNanos == Deadline.NONE) {
            return atNanos;
        }
        double roundTrips = (double) subflow.inFlightBytes() / windowBytes;
        return Math.max(atNanos, nowNanos + (long) ((roundTrips - 0.5) * subflow.minRttNanos()));
    }

    /** One that is full has room again soon, but what all others wait for need not wait for that. */
    private static boolean canTakeUrgent(SubflowControl subflow) {
        return subflow.canTake()
                || (subflow.isWritable()
                        && !subflow.isLate()
                        && subflow.terms().limits.hasRoom()
                        && subflow.flight().hasRoomForUrgent());
    }

    private boolean isWorthIt(SentFrame next, SubflowControl other, long nowNanos) {
        Transmission copy = next.onlyTransmission();
        if (copy == null || copy.carrier == other || next.queuedFor != null) {
            return false;
        }
        long hereNanos = other.arrivesAtNanos(next.payloadBytes, nowNanos);
        long gainNanos = copy.expectedAtNanos - hereNanos;
        return gainNanos > Math.max(minGainNanos(), (hereNanos - nowNanos) / 4)
                || (nowNanos >= copy.overdueAtNanos && !waitsForFull(next, other, nowNanos));
    }

    /** What this thread is late by may be all that the ways seem to differ by. */
    private long minGainNanos() {
        return Math.max(MIN_GAIN_NANOS, lateness.nanos());
    }
}
