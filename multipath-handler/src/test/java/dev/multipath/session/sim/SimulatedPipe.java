package dev.multipath.session.sim;

import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One direction of a modelled TCP connection: reliable and in order, with a rate, a delay, a bounded send buffer that
 * reports its writability, and a bounded receive buffer that holds the sender back while nobody reads. A frame arrives
 * with its last byte, so what is cut off in the middle never arrives.
 */
final class SimulatedPipe implements Pipe {

    /** What is sent in one event, as a network card does; few enough bytes to keep small frames quick. */
    private static final int SEGMENT_BYTES = 16 << 10;

    private record Segment(List<Frame> frames, long bytes, boolean end) {}

    private final EventQueue clock;
    private final PathModel model;
    private final RandomGenerator random;
    private Runnable onReadable;
    private Runnable onWritable;

    private final ArrayDeque<Frame> unsent = new ArrayDeque<>();
    private long unsentBytes;
    private boolean writable = true;
    private boolean transmitting;
    private final ArrayDeque<Segment> inNetwork = new ArrayDeque<>();
    private long networkBytes;
    private long lastArrivalNanos;
    private final ArrayDeque<Segment> held = new ArrayDeque<>();
    private final ArrayDeque<Frame> unread = new ArrayDeque<>();
    private long unreadBytes;

    private boolean stalled;
    private boolean dead;
    private boolean closing;
    private boolean ended;

    SimulatedPipe(EventQueue clock, PathModel model, RandomGenerator random) {
        this.clock = clock;
        this.model = model;
        this.random = random;
    }

    /** Is called when there is room in the send buffer again, after {@link #write} had returned false. */
    @Override
    public void onWritable(Runnable action) {
        onWritable = action;
    }

    /** Is called when there is something to read, or the end. */
    @Override
    public void onReadable(Runnable action) {
        onReadable = action;
    }

    // ---- the sending end

    /** Takes a frame over; returns whether the send buffer has room for more. */
    @Override
    public boolean write(Frame frame) {
        unsentBytes += WireSize.of(frame);
        if (dead || closing) {
            release(frame);
        } else {
            unsent.add(frame);
            transmit();
        }
        writable = unsentBytes < model.sendBufferBytes();
        return writable;
    }

    /** The sender closes: what was written still arrives, then the end. */
    @Override
    public void close() {
        closing = true;
        transmit();
    }

    private void transmit() {
        boolean finished = unsent.isEmpty() && !closing;
        boolean windowIsClosed = networkBytes + unreadBytes >= model.receiveBufferBytes();
        if (transmitting || stalled || dead || finished || (windowIsClosed && !unsent.isEmpty())) {
            return;
        }
        List<Frame> frames = new ArrayList<>();
        long bytes = 0;
        while (!unsent.isEmpty() && bytes < SEGMENT_BYTES) {
            bytes += WireSize.of(unsent.peek());
            frames.add(unsent.poll());
        }
        Segment segment = new Segment(frames, bytes, frames.isEmpty());
        transmitting = true;
        inNetwork.add(segment);
        networkBytes += bytes;
        clock.after(bytes * 1_000_000_000L / model.bytesPerSecond(), () -> onTransmitted(segment));
    }

    private void onTransmitted(Segment segment) {
        if (dead) {
            return;
        }
        if (!segment.end) {
            transmitting = false;
        }
        unsentBytes -= segment.bytes;
        long jitterNanos = model.jitterNanos() == 0 ? 0 : random.nextLong(model.jitterNanos());
        lastArrivalNanos = Math.max(lastArrivalNanos, clock.nowNanos() + model.delayNanos() + jitterNanos);
        clock.at(lastArrivalNanos, () -> arrive(segment));
        transmit();
        if (!writable && unsentBytes < model.sendBufferBytes() / 2) {
            writable = true;
            onWritable.run();
        }
    }

    // ---- the network

    private void arrive(Segment segment) {
        if (dead) {
            return;
        }
        if (stalled) {
            held.add(segment);
            return;
        }
        inNetwork.poll();
        networkBytes -= segment.bytes;
        unread.addAll(segment.frames);
        unreadBytes += segment.bytes;
        ended |= segment.end;
        onReadable.run();
    }

    /** From now on nothing moves. */
    void stall() {
        stalled = true;
    }

    /** It moves again, nothing was lost. */
    void unstall() {
        stalled = false;
        Segment segment;
        while (!stalled && (segment = held.poll()) != null) {
            arrive(segment);
        }
        transmit();
    }

    /** The connection breaks: what is on the way is lost, neither end knows yet. */
    void die(boolean loseUnread) {
        dead = true;
        unsent.forEach(SimulatedPipe::release);
        unsent.clear();
        inNetwork.forEach(segment -> segment.frames.forEach(SimulatedPipe::release));
        inNetwork.clear();
        held.clear();
        if (loseUnread) {
            discardUnread();
        }
    }

    // ---- the receiving end

    /** The next frame, owned by the caller, or null. */
    @Override
    public Frame read() {
        Frame frame = unread.poll();
        if (frame != null) {
            unreadBytes -= WireSize.of(frame);
            transmit();
        }
        return frame;
    }

    @Override
    public boolean isReadable() {
        return !unread.isEmpty() || isAtEnd();
    }

    @Override
    public boolean isAtEnd() {
        return ended && unread.isEmpty();
    }

    @Override
    public void discardUnread() {
        unread.forEach(SimulatedPipe::release);
        unread.clear();
        unreadBytes = 0;
    }

    private static void release(Frame frame) {
        if (frame instanceof DataFrame data) {
            data.release();
        }
    }
}
