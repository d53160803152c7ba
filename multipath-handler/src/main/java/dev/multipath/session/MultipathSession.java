package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.Scheduler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One session: turns the application's bytes into frames on subflows, and frames from subflows into the application's
 * bytes, in the base profile (the Go protocol). A state machine without I/O, clock, thread or randomness of its own; not
 * thread-safe: everything is called on the one thread that owns it. Times are nanoseconds of any monotonic clock that
 * starts at or above zero.
 *
 * <p>The owner calls the inputs ({@link #onFrame}, {@link #send}, {@link #onTimeout}, ...) and after any of them polls
 * the outputs: {@link #transmit}, {@link #pollReceived}, {@link #pollEvent}, {@link #nextDeadlineNanos}.
 */
public final class MultipathSession {

    /** {@link #nextDeadlineNanos} when there is nothing to wait for. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private final SessionConfig config;
    private final SessionRole role;
    private final RandomGenerator random;

    private final SendQueue sendQueue;
    private final SendWindow sendWindow = new SendWindow();
    private final ReceiveWindow receiveWindow;
    private final Retransmitter retransmitter;

    private Scheduler scheduler;

    /** All that have not failed. */
    private final List<Subflow> subflows = new ArrayList<>();

    /** Those of them that carry data. */
    private final List<Subflow> active = new ArrayList<>();

    private final List<Subflow> activeView = Collections.unmodifiableList(active);

    private final ArrayDeque<SessionEvent> events = new ArrayDeque<>();
    private SessionState state = SessionState.OPEN;
    private long lingerUntilNanos = NO_DEADLINE;
    private int nextSubflowId;

    /**
     * Creates a session without subflows.
     *
     * @param config limits and times
     * @param role which end this is
     * @param scheduler chooses the subflow of each frame
     * @param allocator for small writes that are put together into one frame
     * @param random spreads the probes of idle subflows in time
     */
    public MultipathSession(
            SessionConfig config,
            SessionRole role,
            Scheduler scheduler,
            ByteBufAllocator allocator,
            RandomGenerator random) {
        this.config = config;
        this.role = role;
        this.scheduler = scheduler;
        this.random = random;
        sendQueue = new SendQueue(allocator);
        receiveWindow = new ReceiveWindow(config.receiveBufferBytes());
        retransmitter = new Retransmitter(sendWindow);
    }

    // ---- inputs

    /**
     * A subflow has finished its handshake and joins.
     *
     * @param tracker counts its frames
     * @param handshakeRttNanos the round trip of its handshake, or -1 if it was not measured
     */
    public Subflow addSubflow(StatsTracker tracker, long handshakeRttNanos, long nowNanos) {
        Subflow subflow = new Subflow(nextSubflowId++, tracker, nowNanos);
        if (handshakeRttNanos >= 0) {
            subflow.onRttSample(handshakeRttNanos, nowNanos);
        }
        if (role == SessionRole.CLIENT) {
            // Unasked: by it the server times the round trip that began with its preface.
            subflow.requestPong();
        }
        subflow.requestPing();
        scheduleProbe(subflow, nowNanos);
        pingSilent(nowNanos);
        subflows.add(subflow);
        active.add(subflow);
        events.add(new SessionEvent(SessionEvent.Kind.ADDED, subflow, null));
        return subflow;
    }

    /** A newcomer may stand in for one that died without our knowing: who was not heard of lately is asked. */
    private void pingSilent(long nowNanos) {
        for (Subflow subflow : subflows) {
            if (nowNanos - subflow.heardAtNanos() > subflow.smoothedRttNanos()) {
                subflow.requestPing();
            }
        }
    }

    /** A subflow's channel is gone, or is to be given up: what only it carried goes to others. */
    public void onSubflowFailed(Subflow subflow, Throwable cause, long nowNanos) {
        if (!subflows.remove(subflow)) {
            return;
        }
        active.remove(subflow);
        subflow.state(SubflowState.CLOSED);
        retransmitter.onSubflowFailed(subflow, nowNanos);
        events.add(new SessionEvent(SessionEvent.Kind.REMOVED, subflow, cause));
    }

    /** Whether the subflow's channel can take more. */
    public void onWritabilityChanged(Subflow subflow, boolean writable) {
        subflow.writable(writable);
    }

    /**
     * A frame arrived.
     *
     * @param frame is taken over
     * @throws UnsentFrameAckedException if the peer acknowledges what it was never sent; the subflow is to be closed
     */
    public void onFrame(Subflow subflow, Frame frame, long nowNanos) throws UnsentFrameAckedException {
        if (state == SessionState.CLOSED || subflow.state() == SubflowState.CLOSED) {
            if (frame instanceof DataFrame data) {
                data.release();
            }
            return;
        }
        subflow.onHeard(nowNanos);
        if (frame instanceof DataFrame data) {
            onData(subflow, data);
        } else if (frame instanceof AckFrame ack) {
            onAck(subflow, ack.frameNumber(), nowNanos);
        } else if (frame instanceof ControlFrame control) {
            onControl(subflow, control, nowNanos);
        }
    }

    private void onData(Subflow subflow, DataFrame data) {
        int payloadBytes = data.payload().readableBytes();
        subflow.tracker().onReceived(payloadBytes);
        switch (receiveWindow.offer(data.frameNumber(), data.payload())) {
            case ACCEPTED, DUPLICATE -> subflow.pendingAcks().add(data.frameNumber());
            case DROPPED -> {
                // No acknowledgement: the peer will send it again, as it would to a Go receiver.
            }
        }
        if (state == SessionState.DRAINING) {
            // The application is gone, but the peer must not wait for acknowledgements to end its own stream.
            discardReceived();
        }
    }

    private void discardReceived() {
        ByteBuf payload;
        while ((payload = receiveWindow.poll()) != null) {
            payload.release();
        }
    }

    private void onAck(Subflow subflow, long frameNumber, long nowNanos) throws UnsentFrameAckedException {
        if (frameNumber >= sendWindow.nextFrameNumber()) {
            throw new UnsentFrameAckedException(frameNumber, sendWindow.nextFrameNumber());
        }
        SentFrame frame = sendWindow.get(frameNumber);
        if (frame == null) {
            return;
        }
        // A subflow delivers in order and its receiver acknowledges in order, on the same subflow; so an
        // acknowledgement tells which copy arrived, and that the receiver dropped what was sent before it.
        Transmission delivered = frame.transmissionOn(subflow);
        if (delivered != null) {
            boolean sampleRtt = frame.wasSentOnce() && !frame.isAcknowledged();
            subflow.onDelivered(delivered, sampleRtt, nowNanos);
            frame.resolveOn(subflow);
            recover(subflow);
        }
        if (!frame.isAcknowledged()) {
            sendWindow.acknowledge(frame);
            retransmitter.onProgress();
        }
        if (delivered != null) {
            retransmitter.onDelivered(delivered);
        }
    }

    private void onControl(Subflow subflow, ControlFrame control, long nowNanos) {
        if (control.isPing()) {
            subflow.requestPong();
        } else if (control.isPong()) {
            if (subflow.onPong(nowNanos)) {
                retransmitter.onPong(subflow, nowNanos);
            }
            recover(subflow);
        }
        // Numbers 2 to 9 are reserved: the Go peer ignores them too, which leaves room for the extended profile.
    }

    private void recover(Subflow subflow) {
        if (subflow.state() == SubflowState.STALE) {
            subflow.state(SubflowState.ACTIVE);
            active.add(subflow);
            events.add(new SessionEvent(SessionEvent.Kind.RECOVERED, subflow, null));
        }
    }

    /** How many more bytes {@link #send} should be given; zero or less when the send buffer is full. */
    public long sendCapacityBytes() {
        long capacityBytes = config.sendBufferBytes() - sendQueue.bytes() - sendWindow.spanBytes();
        return sendQueue.isCrowded() ? Math.min(0, capacityBytes) : capacityBytes;
    }

    /** Takes bytes over to be sent. */
    public void send(ByteBuf bytes) {
        if (state != SessionState.OPEN) {
            bytes.release();
            throw new IllegalStateException("session is " + state);
        }
        sendQueue.add(bytes);
    }

    /** Begins the graceful end: sends what was taken, waits for its acknowledgement, at most the linger time. */
    public void close(long nowNanos) {
        if (state == SessionState.OPEN) {
            state = SessionState.DRAINING;
            lingerUntilNanos = nowNanos + config.linger().toNanos();
            discardReceived();
        }
    }

    /** Ends the session at once and releases everything. */
    public void release() {
        state = SessionState.CLOSED;
        sendQueue.release();
        sendWindow.release();
        receiveWindow.release();
        subflows.forEach(subflow -> subflow.state(SubflowState.CLOSED));
        subflows.clear();
        active.clear();
    }

    /** Replaces the scheduling policy from the next frame on. */
    public void scheduler(Scheduler newScheduler) {
        scheduler = newScheduler;
    }

    /** The time of {@link #nextDeadlineNanos} has come. May be called at any time. */
    public void onTimeout(long nowNanos) {
        boolean listening = wantsInput();
        for (int i = 0; i < subflows.size(); i++) {
            Subflow subflow = subflows.get(i);
            if (!listening) {
                subflow.onNotListening(nowNanos);
            } else if (isOverdue(subflow, nowNanos)) {
                markStale(subflow, nowNanos);
            }
            if (nowNanos >= subflow.probeAtNanos()) {
                probe(subflow, nowNanos);
            }
        }
        if (active.isEmpty()) {
            retransmitter.onTimeout(subflows, nowNanos);
        }
    }

    private boolean isOverdue(Subflow subflow, long nowNanos) {
        // With nothing on the way, being called stale would only keep the last subflow from being tried.
        return subflow.state() == SubflowState.ACTIVE
                && nowNanos >= subflow.staleAtNanos()
                && (active.size() > 1 || !subflow.isIdle());
    }

    private void markStale(Subflow subflow, long nowNanos) {
        subflow.state(SubflowState.STALE);
        active.remove(subflow);
        subflow.requestPing();
        retransmitter.onSubflowStale(subflow, nowNanos);
        events.add(new SessionEvent(SessionEvent.Kind.STALE, subflow, null));
    }

    private void probe(Subflow subflow, long nowNanos) {
        if (nowNanos - subflow.heardAtNanos() >= config.probeInterval().toNanos() / 2) {
            subflow.requestPing();
        }
        scheduleProbe(subflow, nowNanos);
    }

    /** Half to one and a half intervals from now, as the Go peer does, so that subflows do not probe in step. */
    private void scheduleProbe(Subflow subflow, long nowNanos) {
        long intervalNanos = config.probeInterval().toNanos();
        subflow.probeAtNanos(nowNanos + intervalNanos / 2 + random.nextLong(intervalNanos));
    }

    // ---- outputs

    /** Hands over all frames that can leave now: control frames first, then repeated data, then new data. */
    public void transmit(long nowNanos, FrameSink sink) {
        for (int i = 0; i < subflows.size(); i++) {
            transmitControl(subflows.get(i), nowNanos, sink);
        }
        SentFrame repeated;
        while ((repeated = retransmitter.peek()) != null) {
            Subflow subflow = select(nowNanos);
            if (subflow == null) {
                break;
            }
            retransmitter.poll();
            transmit(repeated, subflow, nowNanos, sink);
        }
        transmitLastResort(nowNanos, sink);
        while (!sendQueue.isEmpty() && sendWindow.hasRoom()) {
            Subflow subflow = select(nowNanos);
            if (subflow == null) {
                break;
            }
            SentFrame frame = sendWindow.add(sendQueue.cut(subflow.bulkFrameBytes(config.maxFrameBytes())));
            transmit(frame, subflow, nowNanos, sink);
        }
    }

    private void transmitControl(Subflow subflow, long nowNanos, FrameSink sink) {
        while (subflow.isWritable() && !subflow.pendingAcks().isEmpty()) {
            subflow.writable(
                    sink.write(subflow, new AckFrame(subflow.pendingAcks().poll())));
        }
        // Behind the acknowledgements: to the peer a pong says that what came before its ping was received or dropped.
        while (subflow.isWritable() && subflow.takePong()) {
            subflow.writable(sink.write(subflow, ControlFrame.PONG));
        }
        if (subflow.isWritable() && subflow.takePing(nowNanos)) {
            subflow.writable(sink.write(subflow, ControlFrame.PING));
        }
    }

    private Subflow select(long nowNanos) {
        if (active.isEmpty()) {
            return null;
        }
        int index = scheduler.select(activeView, nowNanos);
        return index == Scheduler.WAIT ? null : active.get(index);
    }

    private void transmit(SentFrame frame, Subflow subflow, long nowNanos, FrameSink sink) {
        if (frame.wasSent()) {
            subflow.tracker().onRetransmitted(frame.payloadBytes);
        } else {
            subflow.tracker().onSent(frame.payloadBytes);
        }
        subflow.onSent(frame, sendQueue.isEmpty(), nowNanos);
        subflow.writable(sink.write(subflow, frame.toDataFrame()));
    }

    private void transmitLastResort(long nowNanos, FrameSink sink) {
        Subflow subflow = retransmitter.takeLastResort();
        SentFrame frame = sendWindow.lowest();
        if (subflow != null && frame != null && subflow.isWritable() && subflow.state() != SubflowState.CLOSED) {
            transmit(frame, subflow, nowNanos, sink);
        }
    }

    /** The next received bytes in order, owned by the caller; null if there are none. */
    public ByteBuf pollReceived() {
        return receiveWindow.poll();
    }

    /** Whether {@link #pollReceived} has something. */
    public boolean hasReceived() {
        return receiveWindow.readableBytes() > 0;
    }

    /**
     * Whether subflows should be read. Not while the application leaves a full receive buffer unread, unless
     * acknowledgements of our own data have to come in: then it is read on, and what does not fit is dropped without
     * acknowledgement, since a subflow that is not read could hold up the other direction for ever.
     */
    public boolean wantsInput() {
        return receiveWindow.wantsInput() || !sendWindow.isEmpty() || !sendQueue.isEmpty();
    }

    /** The next event, or null. */
    public SessionEvent pollEvent() {
        return events.poll();
    }

    /** When {@link #onTimeout} is to be called, if nothing happens before; {@link #NO_DEADLINE} for never. */
    public long nextDeadlineNanos() {
        long deadlineNanos = lingerUntilNanos;
        for (int i = 0; i < subflows.size(); i++) {
            Subflow subflow = subflows.get(i);
            deadlineNanos = Math.min(deadlineNanos, subflow.probeAtNanos());
            if (subflow.state() == SubflowState.ACTIVE && (active.size() > 1 || !subflow.isIdle())) {
                deadlineNanos = Math.min(deadlineNanos, subflow.staleAtNanos());
            }
        }
        if (active.isEmpty() && !subflows.isEmpty()) {
            deadlineNanos = Math.min(deadlineNanos, retransmitter.timeoutAtNanos());
        }
        return deadlineNanos;
    }

    /** Returns the session's state. */
    public SessionState state() {
        return state;
    }

    /** Whether a closing session has nothing left to wait for: all is acknowledged, or the linger time is over. */
    public boolean isDrained(long nowNanos) {
        return state != SessionState.OPEN && (unacknowledgedBytes() == 0 || nowNanos >= lingerUntilNanos);
    }

    /** Bytes taken by {@link #send} that the peer has not acknowledged. */
    public long unacknowledgedBytes() {
        return sendQueue.bytes() + sendWindow.unacknowledgedBytes();
    }

    /** Bytes received that cannot be read, since a frame before them is missing. */
    public long strandedBytes() {
        return receiveWindow.waitingBytes();
    }

    /** The number of the frame that the application waits for. */
    public long nextExpectedFrameNumber() {
        return receiveWindow.nextExpected();
    }

    /** All received bytes held at the moment. */
    public long bufferedReceiveBytes() {
        return receiveWindow.readableBytes() + receiveWindow.waitingBytes();
    }

    /** The subflows that have not failed. */
    public List<Subflow> subflows() {
        return Collections.unmodifiableList(subflows);
    }
}
