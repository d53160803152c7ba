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
import io.netty.buffer.ByteBuf;

/**
 * Decides which subflow carries what leaves now. The steps of a turn, which a {@link SessionProfile} takes in its order: control
 * frames first, then repeated data, then new data.
 */
final class Transmitter {

    /** So much waits that what leaves now is not the last of it for some time: a page or an image is less. */
    private static final long BULK_BYTES = 256 << 10;

    private final SessionConfig config;
    private final Negotiation negotiation;
    private final SubflowSet subflows;
    private final SendQueue sendQueue;
    private final WriteMarks marks;
    private final SendWindow sendWindow;
    private final Retransmitter retransmitter;
    private final CumulativeAcks acks;
    private final Copies copies;
    private final NextFrame nextFrame;
    private Scheduler scheduler;

    /** When the scheduler wants to be asked again, whatever happens; {@link Deadline#NONE} if it does not wait. */
    private long askAgainAtNanos = Deadline.NONE;

    private long turnAtNanos;

    /** In this turn the first data frame takes an acknowledgement along, of what has come and is not told. */
    private boolean ackRides;

    Transmitter(
            SessionConfig config,
            Negotiation negotiation,
            SubflowSet subflows,
            SendQueue sendQueue,
            WriteMarks marks,
            SendWindow sendWindow,
            Retransmitter retransmitter,
            CumulativeAcks acks,
            Lateness lateness,
            Scheduler scheduler) {
        this.config = config;
        this.negotiation = negotiation;
        this.subflows = subflows;
        this.sendQueue = sendQueue;
        this.marks = marks;
        this.sendWindow = sendWindow;
        this.retransmitter = retransmitter;
        this.acks = acks;
        this.scheduler = scheduler;
        copies = new Copies(subflows, sendQueue, sendWindow);
        nextFrame = new NextFrame(copies, lateness);
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

    // ---- control frames

    /**
     * The first subflow of a session is pinged, and answers, before it is known which profile its peer speaks. One that has
     * still to prove itself is asked for no ping and owes no pong: {@link JoinProtocol} keeps its frames to itself.
     */
    void transmitHandshakes(long nowNanos, FrameSink sink) {
        for (int i = 0; i < subflows.joining().size(); i++) {
            SubflowControl subflow = subflows.joining().get(i);
            transmitOutbox(subflow, sink);
            transmitPongs(subflow, sink);
            transmitPing(subflow, nowNanos, sink);
        }
    }

    /** Of those that have joined. */
    void transmitControl(long nowNanos, FrameSink sink) {
        boolean bulk = sendQueue.bytes() >= BULK_BYTES;
        for (int i = 0; i < subflows.members().size(); i++) {
            subflows.members().get(i).flight().onTurn(bulk, nowNanos);
            transmitControl(subflows.members().get(i), nowNanos, sink);
        }
        ackRides = subflows.owesAck();
        askAgainAtNanos = Deadline.NONE;
        turnAtNanos = nowNanos;
    }

    private void transmitControl(SubflowControl subflow, long nowNanos, FrameSink sink) {
        transmitOutbox(subflow, sink);
        if (subflow.isWritable() && nowNanos >= subflow.acks().dueAtNanos()) {
            subflow.writable(acks.write(subflow, nowNanos, sink));
        }
        while (subflow.isWritable() && !subflow.pendingAcks().isEmpty()) {
            subflow.writable(
                    sink.write(subflow, new AckFrame(subflow.pendingAcks().poll())));
        }
        // Behind the acknowledgements: to the peer a pong says that what came before its ping was received or dropped.
        transmitPongs(subflow, sink);
        transmitPing(subflow, nowNanos, sink);
    }

    private static void transmitOutbox(SubflowControl subflow, FrameSink sink) {
        while (subflow.isWritable() && !subflow.outbox().isEmpty()) {
            subflow.writable(sink.write(subflow, subflow.outbox().poll()));
        }
    }

    private static void transmitPongs(SubflowControl subflow, FrameSink sink) {
        while (subflow.isWritable() && subflow.pings().takePong()) {
            subflow.writable(sink.write(subflow, ControlFrame.PONG));
        }
    }

    private static void transmitPing(SubflowControl subflow, long nowNanos, FrameSink sink) {
        if (subflow.isWritable() && subflow.takePing(nowNanos)) {
            subflow.writable(sink.write(subflow, ControlFrame.PING));
        }
    }

    // ---- data

    void transmitRepeated(long nowNanos, FrameSink sink) {
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

    /** Whether something waits to be sent again. */
    boolean hasRepetitions() {
        return retransmitter.peek() != null;
    }

    /** Returns whether nothing is held up by want of credit. */
    boolean transmitNew(SendCredit credit, long nowNanos, FrameSink sink) {
        transmitWantedCopies(nowNanos, sink);
        while (!sendQueue.isEmpty() && sendWindow.hasRoom()) {
            if (credit.availableBytes() == 0) {
                return false;
            }
            SubflowControl subflow = select(newData(credit), nowNanos);
            if (subflow == null) {
                return true;
            }
            int maxBytes = (int) Math.min(config.maxFrameBytes(), credit.availableBytes());
            int frameBytes = Math.min(subflow.flight().bulkFrameBytes(config.maxFrameBytes()), maxBytes);
            SentFrame frame = cut(frameBytes, maxBytes);
            credit.spend(frame.payloadBytes);
            transmitFirst(frame, subflow, nowNanos, sink);
            transmitCopies(frame, nowNanos, sink);
            transmitWantedCopies(nowNanos, sink);
        }
        return true;
    }

    /** The first frame, which has left with the request for the session. */
    void onSentEarly(SubflowControl subflow, ByteBuf payload, long sentAtNanos) {
        SentFrame frame = sendWindow.add(payload);
        frame.urgency = Urgency.NORMAL;
        subflow.tracker().onSent(frame.payloadBytes);
        subflow.onSent(frame, sentAtNanos);
    }

    private Offer newData(SendCredit credit) {
        // How much may leave while the lowest frame is missing at the peer.
        long roomBytes = Math.min(config.sendBufferBytes() - sendWindow.spanBytes(), credit.availableBytes());
        long position = sendWindow.addedBytes();
        return nextFrame
                .set(sendQueue.bytes(), roomBytes, false)
                .with(marks.urgency(position), marks.dueBytes(position), marks.deadlineNanos());
    }

    /** Not more than is equally urgent: what is not does not go along. */
    private SentFrame cut(int bytes, int maxBytes) {
        long position = sendWindow.addedBytes();
        Urgency urgency = marks.urgency(position);
        long kindBytes = marks.kindEndsAtBytes(position) - position;
        SentFrame frame =
                sendWindow.add(sendQueue.cut((int) Math.min(bytes, kindBytes), (int) Math.min(maxBytes, kindBytes)));
        frame.urgency = urgency;
        return frame;
    }

    /** What the scheduler wants to be carried by several. */
    private void transmitWantedCopies(long nowNanos, FrameSink sink) {
        if (scheduler instanceof CopyingScheduler copying
                && negotiation.profile().toleratesCopies()) {
            while (copies.find(copying, nowNanos)) {
                transmitAgain(copies.frame(), copies.carrier(), RepetitionCause.REDUNDANCY, nowNanos, sink);
            }
        }
    }

    /** The FIN, which is due. */
    void transmitFin(SessionEnd end, long nowNanos, FrameSink sink) {
        SubflowControl subflow = select(nextFrame.set(0, Long.MAX_VALUE, false), nowNanos);
        if (subflow != null) {
            transmitFirst(end.takeFin(), subflow, nowNanos, sink);
            transmitWantedCopies(nowNanos, sink);
        }
    }

    /** What is done then, leaves with what is transmitted next. */
    void tellDue(FirstDue first) {
        if (!isDone()) {
            first.offer(TimerName.SCHEDULER, askAgainAtNanos);
            first.offer(TimerName.PACE, resumesAtNanos());
            first.offer(TimerName.TRANSPORT, transportsToldAtNanos());
        }
    }

    private boolean isDone() {
        return sendQueue.isEmpty() && sendWindow.isEmpty();
    }

    /**
     * When transports may know more than in the last turn, if data wait for the room that they make. As long as a packet is
     * missing the peer acknowledges nothing, for a round trip or more, and there would be no turn; but what its host holds back
     * meanwhile is not on the way any more, and a transport that may send would run out of data.
     */
    private long transportsToldAtNanos() {
        if (sendQueue.isEmpty() || !sendWindow.hasRoom()) {
            return Deadline.NONE;
        }
        for (int i = 0; i < subflows.active().size(); i++) {
            Flight flight = subflows.active().get(i).flight();
            if (flight.mayGetRoom() && flight.isFull()) {
                return turnAtNanos + Subflow.TRANSPORT_INTERVAL_NANOS;
            }
        }
        return Deadline.NONE;
    }

    /** When a path that has sent as fast as it may can send again. */
    private long resumesAtNanos() {
        long earliestNanos = Deadline.NONE;
        for (int i = 0; i < subflows.active().size(); i++) {
            PathLimits limits = subflows.active().get(i).terms().limits;
            earliestNanos =
                    Math.min(earliestNanos, subflows.active().get(i).flight().resumesAtNanos());
            if (limits.isPaused() && !limits.isSpent()) {
                earliestNanos = Math.min(earliestNanos, limits.resumesAtNanos());
            }
        }
        return earliestNanos;
    }

    /** What has room left was not held up by its path, but by want of data, window or credit, or by the scheduler. */
    void noteUnused() {
        for (int i = 0; i < subflows.active().size(); i++) {
            SubflowControl subflow = subflows.active().get(i);
            if (subflow.hasRoom()) {
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

    void transmitAgain(SentFrame frame, SubflowControl subflow, RepetitionCause cause, long nowNanos, FrameSink sink) {
        assert frame.wasSent();
        subflow.tracker().onRetransmitted(frame.payloadBytes, cause);
        if (cause != RepetitionCause.REDUNDANCY) {
            frame.onRepeated();
        }
        transmit(frame, subflow, nowNanos, sink);
    }

    private void transmit(SentFrame frame, SubflowControl subflow, long nowNanos, FrameSink sink) {
        if (ackRides) {
            // In the same flush: a write of its own, and a timer for that, cost more than all else of a small exchange.
            ackRides = false;
            acks.write(subflow, nowNanos, sink);
            subflows.onAcknowledged(subflow, nowNanos);
        }
        subflow.onSent(frame, nowNanos);
        subflow.writable(frame.write(subflow, sink));
    }
}
