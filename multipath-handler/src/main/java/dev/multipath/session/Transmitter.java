package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;
import dev.multipath.congestion.PathLimits;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.scheduler.CopyingScheduler;
import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.scheduler.Urgency;

/** Decides what leaves now, on which subflow: control frames first, then repeated data, then new data. */
final class Transmitter {

    private final SessionConfig config;
    private final SubflowSet subflows;
    private final SendQueue sendQueue;
    private final SendWindow sendWindow;
    private final Retransmitter retransmitter;
    private final SendCredit sendCredit;
    private final CumulativeAcks acks;
    private final ExtendedProfile extended;
    private final SessionEnd end;
    private Scheduler scheduler;
    private final WriteMarks marks;
    private final Copies copies;
    private final Overtaking overtaking;
    private final NextFrame nextFrame;

    /** When the scheduler wants to be asked again, whatever happens; {@link Deadline#NONE} if it does not wait. */
    private long askAgainAtNanos = Deadline.NONE;

    /** In this turn the first data frame takes an acknowledgement along, of what has come and is not told. */
    private boolean ackRides;

    Transmitter(
            SessionConfig config,
            SubflowSet subflows,
            SendQueue sendQueue,
            WriteMarks marks,
            SendWindow sendWindow,
            Retransmitter retransmitter,
            SendCredit sendCredit,
            CumulativeAcks acks,
            ExtendedProfile extended,
            SessionEnd end,
            Scheduler scheduler) {
        this.config = config;
        this.subflows = subflows;
        this.sendQueue = sendQueue;
        this.marks = marks;
        this.sendWindow = sendWindow;
        this.retransmitter = retransmitter;
        this.sendCredit = sendCredit;
        this.acks = acks;
        this.extended = extended;
        this.end = end;
        this.scheduler = scheduler;
        overtaking = new Overtaking(subflows, sendWindow);
        copies = new Copies(subflows, sendQueue, sendWindow);
        nextFrame = new NextFrame(copies);
    }

    /** Another one decides from now on. */
    void scheduler(Scheduler newScheduler) {
        scheduler = newScheduler;
        copies.askAgain();
    }

    /**
     * The session has failed, or this end leaves it: nothing but the word of it goes out, on full channels too, since there
     * is no later.
     */
    void transmitLastWords(FrameSink sink) {
        for (int i = 0; i < subflows.members().size(); i++) {
            SubflowControl subflow = subflows.members().get(i);
            Frame frame;
            while ((frame = subflow.outbox().poll()) != null) {
                sink.write(subflow, frame);
            }
        }
    }

    void transmit(Profile profile, long nowNanos, FrameSink sink) {
        for (int i = 0; i < subflows.joining().size(); i++) {
            transmitHandshake(subflows.joining().get(i), nowNanos, sink);
        }
        if (profile == Profile.UNDECIDED) {
            return;
        }
        if (profile == Profile.EXTENDED) {
            extended.prepare(subflows.nearest(), subflows.slowestRttNanos(), nowNanos);
        }
        for (int i = 0; i < subflows.members().size(); i++) {
            transmitControl(subflows.members().get(i), profile, nowNanos, sink);
        }
        ackRides = subflows.owesAck();
        askAgainAtNanos = Deadline.NONE;
        transmitRepeated(nowNanos, sink);
        if (profile == Profile.BASE) {
            transmitLastResort(nowNanos, sink);
        }
        if (profile == Profile.EXTENDED) {
            transmitOverdue(nowNanos, sink);
            transmitWantedCopies(nowNanos, sink);
        }
        transmitNew(profile, nowNanos, sink);
        if (profile == Profile.EXTENDED) {
            transmitOvertaking(nowNanos, sink);
        }
        noteUnused();
    }

    // ---- control frames

    /**
     * The first subflow of a session is pinged, and answers, before it is known which profile its peer speaks. One that has
     * still to prove itself is asked for no ping and owes no pong: {@link JoinProtocol} keeps its frames to itself.
     */
    private static void transmitHandshake(SubflowControl subflow, long nowNanos, FrameSink sink) {
        transmitOutbox(subflow, sink);
        transmitPongs(subflow, sink);
        transmitPing(subflow, nowNanos, sink);
    }

    private static void transmitOutbox(SubflowControl subflow, FrameSink sink) {
        while (subflow.isWritable() && !subflow.outbox().isEmpty()) {
            subflow.writable(sink.write(subflow, subflow.outbox().poll()));
        }
    }

    private static void transmitPongs(SubflowControl subflow, FrameSink sink) {
        while (subflow.isWritable() && subflow.takePong()) {
            subflow.writable(sink.write(subflow, ControlFrame.PONG));
        }
    }

    private static void transmitPing(SubflowControl subflow, long nowNanos, FrameSink sink) {
        if (subflow.isWritable() && subflow.takePing(nowNanos)) {
            subflow.writable(sink.write(subflow, ControlFrame.PING));
        }
    }

    private void transmitControl(SubflowControl subflow, Profile profile, long nowNanos, FrameSink sink) {
        transmitOutbox(subflow, sink);
        if (profile == Profile.EXTENDED) {
            if (subflow.isWritable() && nowNanos >= subflow.acks().dueAtNanos()) {
                subflow.writable(sink.write(subflow, acks.take(subflow, nowNanos)));
            }
        }
        while (subflow.isWritable() && !subflow.pendingAcks().isEmpty()) {
            subflow.writable(
                    sink.write(subflow, new AckFrame(subflow.pendingAcks().poll())));
        }
        // Behind the acknowledgements: to the peer a pong says that what came before its ping was received or dropped.
        transmitPongs(subflow, sink);
        transmitPing(subflow, nowNanos, sink);
    }

    // ---- data

    private void transmitRepeated(long nowNanos, FrameSink sink) {
        SentFrame repeated;
        while ((repeated = retransmitter.peek()) != null) {
            long queuedBytes = (long) retransmitter.size() * repeated.payloadBytes;
            Offer offer = nextFrame.set(queuedBytes, Long.MAX_VALUE, true).with(repeated.urgency, 0, Deadline.NONE);
            SubflowControl subflow = select(offer, nowNanos);
            if (subflow == null) {
                return;
            }
            transmitAgain(repeated, subflow, retransmitter.poll(), nowNanos, sink);
        }
    }

    private void transmitLastResort(long nowNanos, FrameSink sink) {
        SubflowControl subflow = retransmitter.takeLastResort();
        SentFrame frame = sendWindow.lowest();
        if (subflow != null
                && frame != null
                && subflow.isWritable()
                && !subflow.limits().isSpent()
                && subflow.state() != SubflowState.CLOSED) {
            transmitAgain(frame, subflow, RepetitionCause.LAST_RESORT, nowNanos, sink);
        }
    }

    private void transmitNew(Profile profile, long nowNanos, FrameSink sink) {
        boolean limited = profile == Profile.EXTENDED;
        while (!sendQueue.isEmpty() && sendWindow.hasRoom()) {
            if (limited && sendCredit.availableBytes() == 0) {
                askForCredit(nowNanos);
                return;
            }
            SubflowControl subflow = select(newData(limited), nowNanos);
            if (subflow == null) {
                return;
            }
            int frameBytes = subflow.bulkFrameBytes(config.maxFrameBytes());
            if (limited) {
                frameBytes = (int) Math.min(frameBytes, sendCredit.availableBytes());
            }
            SentFrame frame = cut(frameBytes);
            if (limited) {
                sendCredit.spend(frame.payloadBytes);
            }
            transmitFirst(frame, subflow, nowNanos, sink);
            transmitCopies(frame, nowNanos, sink);
            if (limited) {
                transmitWantedCopies(nowNanos, sink);
            }
        }
        if (limited && end.isFinDue()) {
            SubflowControl subflow = select(nextFrame.set(0, Long.MAX_VALUE, false), nowNanos);
            if (subflow != null) {
                transmitFirst(end.takeFin(), subflow, nowNanos, sink);
            }
        }
    }

    private Offer newData(boolean limited) {
        long position = sendWindow.addedBytes();
        return nextFrame
                .set(sendQueue.bytes(), roomBytes(limited), false)
                .with(marks.urgency(position), marks.dueBytes(position), marks.deadlineNanos());
    }

    /** Not more than is equally urgent: what is not does not go along. */
    private SentFrame cut(int maxBytes) {
        long position = sendWindow.addedBytes();
        Urgency urgency = marks.urgency(position);
        int bytes = (int) Math.min(maxBytes, marks.kindEndsAtBytes(position) - position);
        SentFrame frame = sendWindow.add(sendQueue.cut(bytes));
        frame.urgency = urgency;
        return frame;
    }

    /** What the scheduler wants to be carried by several. */
    private void transmitWantedCopies(long nowNanos, FrameSink sink) {
        if (scheduler instanceof CopyingScheduler copying) {
            while (copies.find(copying, nowNanos)) {
                transmitAgain(copies.frame(), copies.carrier(), RepetitionCause.REDUNDANCY, nowNanos, sink);
            }
        }
    }

    /** The receiver waits for the lowest frame, and its acknowledgement should have come. */
    private void transmitOverdue(long nowNanos, FrameSink sink) {
        while (overtaking.findOverdue(nowNanos)) {
            transmitAgain(overtaking.frame(), overtaking.carrier(), RepetitionCause.HEAD_OF_LINE, nowNanos, sink);
        }
    }

    /** When something is overdue, if nothing happens before. */
    long nextDeadlineNanos(Profile profile) {
        long overdueNanos = profile == Profile.EXTENDED ? overtaking.nextDeadlineNanos() : Deadline.NONE;
        return Math.min(Math.min(overdueNanos, askAgainAtNanos), resumesAtNanos());
    }

    /** When a path that has sent as fast as it may can send again, if there is something to send. */
    private long resumesAtNanos() {
        if (sendQueue.isEmpty() && sendWindow.isEmpty()) {
            return Deadline.NONE;
        }
        long earliestNanos = Deadline.NONE;
        for (int i = 0; i < subflows.active().size(); i++) {
            PathLimits limits = subflows.active().get(i).limits();
            if (limits.isPaused() && !limits.isSpent()) {
                earliestNanos = Math.min(earliestNanos, limits.resumesAtNanos());
            }
        }
        return earliestNanos;
    }

    /** Nothing new can leave: what would arrive earlier on another subflow goes there too. */
    private void transmitOvertaking(long nowNanos, FrameSink sink) {
        boolean tail = sendQueue.isEmpty();
        boolean stopped = !sendWindow.hasRoom() || sendCredit.availableBytes() == 0;
        if (!tail && !stopped) {
            return;
        }
        RepetitionCause cause = tail ? RepetitionCause.TAIL : RepetitionCause.HEAD_OF_LINE;
        long fromFrameNumber = 0;
        while (overtaking.find(fromFrameNumber, nowNanos)) {
            transmitAgain(overtaking.frame(), overtaking.carrier(), cause, nowNanos, sink);
            fromFrameNumber = overtaking.frame().frameNumber + 1;
        }
    }

    /** What has room left was not held up by its path, but by want of data, window or credit, or by the scheduler. */
    private void noteUnused() {
        for (int i = 0; i < subflows.active().size(); i++) {
            SubflowControl subflow = subflows.active().get(i);
            if (subflow.canTake()) {
                subflow.onUnused();
            }
        }
    }

    /** Who has to show first that it delivers gets a copy of what another carries, as far as it may have in flight. */
    private void transmitCopies(SentFrame frame, long nowNanos, FrameSink sink) {
        for (int i = 0; i < subflows.onProbation().size(); i++) {
            SubflowControl subflow = subflows.onProbation().get(i);
            if (subflow.canTake()) {
                transmitAgain(frame, subflow, RepetitionCause.TRIAL, nowNanos, sink);
            }
        }
    }

    private void askForCredit(long nowNanos) {
        SubflowControl nearest = subflows.nearest();
        if (nearest != null) {
            sendCredit.onBlocked(nearest.retransmissionTimeoutNanos(), nowNanos);
        }
    }

    /** How much may leave while the lowest frame is missing at the peer. */
    private long roomBytes(boolean limited) {
        long bytes = config.sendBufferBytes() - sendWindow.spanBytes();
        return limited ? Math.min(bytes, sendCredit.availableBytes()) : bytes;
    }

    private SubflowControl select(Offer offer, long nowNanos) {
        if (subflows.candidates().isEmpty()) {
            return null;
        }
        int index = scheduler.select(subflows.candidates(), offer, nowNanos);
        if (index == Scheduler.WAIT) {
            askAgainAtNanos = Math.min(askAgainAtNanos, scheduler.askAgainAtNanos());
            return null;
        }
        return subflows.candidates().get(index);
    }

    private void transmitFirst(SentFrame frame, SubflowControl subflow, long nowNanos, FrameSink sink) {
        assert !frame.wasSent();
        subflow.tracker().onSent(frame.payloadBytes);
        transmit(frame, subflow, nowNanos, sink);
    }

    private void transmitAgain(
            SentFrame frame, SubflowControl subflow, RepetitionCause cause, long nowNanos, FrameSink sink) {
        assert frame.wasSent();
        subflow.tracker().onRetransmitted(frame.payloadBytes, cause);
        transmit(frame, subflow, nowNanos, sink);
    }

    private void transmit(SentFrame frame, SubflowControl subflow, long nowNanos, FrameSink sink) {
        if (ackRides) {
            // In the same flush: a write of its own, and a timer for that, cost more than all else of a small exchange.
            ackRides = false;
            sink.write(subflow, acks.take(subflow, nowNanos));
            subflows.onAcknowledged(subflow, nowNanos);
        }
        subflow.onSent(frame, nowNanos);
        subflow.writable(sink.write(subflow, frame.toFrame()));
    }
}
