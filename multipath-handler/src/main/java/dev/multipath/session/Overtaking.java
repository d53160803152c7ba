package dev.multipath.session;

import dev.multipath.metrics.RepetitionCause;
import dev.multipath.session.SentFrame.Transmission;
import java.util.function.Predicate;

/**
 * Copies of frames that all others wait for, on a subflow that brings them earlier. At once if that one has nothing better to
 * do: at the end of what there is to send, and when window or credit is used up since a frame takes its time on a slow
 * path. And when the acknowledgement of one of the lowest frames is overdue: then its subflow may be dead, and a copy costs little; or the
 * peer's host keeps it back, since something before it on its subflow was lost; or it is missing, though what its subflow had before it
 * has come ({@link Passage}).
 *
 * <p>In the order in which they are waited for, and once on each subflow, as that loses nothing. A second copy goes only where the first is overdue too. A
 * copy on a subflow that has to show first that it delivers ({@link Probation}) does not count: it may never come.
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
        for (int i = 0; i < subflows.onProbation().size(); i++) {
            transmitForTrial(subflows.onProbation().get(i), nowNanos, sink);
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
     * Whether one of the lowest frames is overdue on all that carry it, and another subflow can: the lowest of those that need not wait for a
     * full one.
     */
    private boolean findOverdue(long nowNanos) {
        waitingBytes = 0;
        waitedAtNanos = NEVER;
        SentFrame next = isPossible() ? sendWindow.unacknowledgedFrom(0) : null;
        for (int i = 0; next != null && i < MAX_LOOKED_AT; i++) {
            boolean due = nowNanos >= next.overdueAtNanos() && mayGoAgain(next);
            SubflowControl other = due ? soonest(next, Overtaking::canTakeUrgent, nowNanos) : null;
            if (other != null) {
                boolean comes = comesByItself(next, other, nowNanos);
                if (!comes && !isSoonerOnFull(next, other, nowNanos)) {
                    return found(next, other);
                }
                waitingBytes += comes ? 0 : next.payloadBytes;
                waitedAtNanos = nowNanos;
            }
            next = sendWindow.unacknowledgedFrom(next.frameNumber + 1);
        }
        return false;
    }

    /**
     * Whether its subflow is likely to have repaired what holds it up ({@link Patience}) before a copy would have come: so it is, on average, in half of
     * the time that it may take. The lowest is what the stream waits for: a copy of it costs little.
     */
    private boolean comesByItself(SentFrame next, SubflowControl other, long nowNanos) {
        long givenUpAtNanos = next.givenUpAtNanos();
        if (givenUpAtNanos <= nowNanos || next == sendWindow.lowest()) {
            return false;
        }
        long toldAtNanos = arrivesAtNanos(other, next.payloadBytes, nowNanos) + other.minRttNanos() / 2;
        return toldAtNanos - nowNanos > (givenUpAtNanos - nowNanos) / 2;
    }

    /** A third copy only of the lowest: near paths that pause together would fill a far one with copies of all that they have. */
    private boolean mayGoAgain(SentFrame next) {
        return next == sendWindow.lowest() || next.onlyReliedOn() != null || !next.isOnTheWay();
    }

    /**
     * Who is on probation gets, as far as it has room, what is overdue of the lowest frames and what waits to be sent again. What it shows by that
     * is of use already, if it delivers; and it may be that nothing new can leave, or so slowly that it would be on probation for long.
     */
    private void transmitForTrial(SubflowControl tried, long nowNanos, FrameSink sink) {
        boolean anyWaits = transmitter.hasRepetitions();
        SentFrame next = sendWindow.unacknowledgedFrom(0);
        for (int i = 0; next != null && tried.canTake() && (anyWaits || i < MAX_LOOKED_AT); i++) {
            boolean wanted = next.queuedFor != null || (i < MAX_LOOKED_AT && nowNanos >= next.overdueAtNanos());
            if (wanted && next.transmissionOn(tried) == null) {
                transmitter.transmitAgain(next, tried, RepetitionCause.TRIAL, nowNanos, sink);
            }
            next = sendWindow.unacknowledgedFrom(next.frameNumber + 1);
        }
    }

    /**
     * Whether one that is full, even for this, brings it earlier than that one, behind what waits for the same already. Near ones are full most of the
     * time. When a path dies all that it carried is overdue at once, and each frame that a far one is given instead holds up the
     * stream for the far one's time.
     */
    private boolean isSoonerOnFull(SentFrame next, SubflowControl able, long nowNanos) {
        long ableNanos = arrivesAtNanos(able, next.payloadBytes, nowNanos);
        for (int i = 0; i < subflows.candidates().size(); i++) {
            SubflowControl other = subflows.candidates().get(i);
            if (next.transmissionOn(other) == null
                    && hasRoomSoon(other)
                    && arrivesAtNanos(other, waitingBytes + next.payloadBytes, nowNanos) < ableNanos) {
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
            Transmission copy = next.onlyReliedOn();
            if (copy != null && copy.heldUntilNanos > nowNanos && next.queuedFor == null) {
                SubflowControl other = soonest(next, Overtaking::canTakeUrgent, nowNanos);
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
        Transmission copy = lowest == null || lowest.queuedFor != null ? null : lowest.onlyReliedOn();
        SubflowControl late = copy == null ? null : subflows.active(copy.carrier);
        if (late == null || late.minRttNanos() < MIN_REPAIR_NANOS) {
            return false;
        }
        long toldByNanos = late.flight().toldByNanos(copy);
        if (toldByNanos > nowNanos) {
            return false;
        }
        SubflowControl other = soonest(lowest, Overtaking::canTakeUrgent, nowNanos);
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
        long earliestNanos = Deadline.NONE;
        SentFrame next = isPossible() && isAnyAble(null) ? sendWindow.unacknowledgedFrom(0) : null;
        for (int i = 0; next != null && i < MAX_LOOKED_AT; i++) {
            long overdueAtNanos = next.overdueAtNanos();
            if (overdueAtNanos <= waitedAtNanos) {
                overdueAtNanos = next.givenUpAtNanos();
            }
            // What waits for room, waits for news and not for time.
            if (overdueAtNanos > waitedAtNanos
                    && overdueAtNanos < earliestNanos
                    && mayGoAgain(next)
                    && isAnyAble(next)) {
                earliestNanos = overdueAtNanos;
            }
            next = sendWindow.unacknowledgedFrom(next.frameNumber + 1);
        }
        return earliestNanos;
    }

    private boolean isPossible() {
        return subflows.active().size() > 1 && !sendWindow.isEmpty();
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

    /** Whether one could take a copy of that frame, or of any if there is none; asked each turn, so it does not reckon when that would arrive. */
    private boolean isAnyAble(SentFrame next) {
        for (int i = 0; i < subflows.candidates().size(); i++) {
            SubflowControl subflow = subflows.candidates().get(i);
            if (subflow.canTake()
                    && subflow.smoothedRttNanos() != RttEstimator.UNKNOWN
                    && (next == null || next.transmissionOn(subflow) == null)) {
                return true;
            }
        }
        for (int i = 0; i < subflows.onProbation().size(); i++) {
            SubflowControl subflow = subflows.onProbation().get(i);
            if (subflow.canTake() && (next == null || next.transmissionOn(subflow) == null)) {
                return true;
            }
        }
        return false;
    }

    /** Of those that do not carry that frame, or of all if there is none. */
    private SubflowControl soonest(SentFrame next, Predicate<SubflowControl> able, long nowNanos) {
        SubflowControl soonest = null;
        long soonestNanos = Deadline.NONE;
        for (int i = 0; i < subflows.candidates().size(); i++) {
            SubflowControl subflow = subflows.candidates().get(i);
            if (able.test(subflow) && (next == null || next.transmissionOn(subflow) == null)) {
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
        if (next.queuedFor != null || next.transmissionOn(other) != null) {
            return false;
        }
        Transmission copy = next.onlyReliedOn();
        long hereNanos = other.arrivesAtNanos(next.payloadBytes, nowNanos);
        long gainNanos = copy == null ? 0 : copy.expectedAtNanos - hereNanos;
        if (gainNanos > Math.max(minGainNanos(), (hereNanos - nowNanos) / 4)) {
            return true;
        }
        if (nowNanos < next.overdueAtNanos()) {
            return false;
        }
        boolean waits = isSoonerOnFull(next, other, nowNanos);
        waitingBytes += waits ? next.payloadBytes : 0;
        return !waits;
    }

    /** What this thread is late by may be all that the ways seem to differ by. */
    private long minGainNanos() {
        return Math.max(MIN_GAIN_NANOS, lateness.nanos());
    }
}
