package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.Scheduler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * A session in virtual time for tests that read as stories: what it sends comes out as words such as {@code "0: frame 10
 * of 500"} (the subflow's id, then the frame).
 */
final class SessionFixture implements AutoCloseable {

    static final long MILLISECOND = 1_000_000;

    static final SessionConfig CONFIG =
            SessionConfig.base(8 << 20, 16 << 20, 64 << 10, Duration.ofSeconds(10), Duration.ofMinutes(1));

    final MultipathSession session;
    private final List<DataFrame> sentData = new ArrayList<>();
    private long nowNanos = 5_000 * MILLISECOND;

    SessionFixture() {
        this(CONFIG, new LowestRttScheduler());
    }

    SessionFixture(SessionConfig config) {
        this(config, new LowestRttScheduler());
    }

    SessionFixture(Scheduler scheduler) {
        this(CONFIG, scheduler);
    }

    SessionFixture(SessionConfig config, Scheduler scheduler) {
        this(config, SessionRole.SERVER, scheduler);
    }

    SessionFixture(SessionConfig config, SessionRole role, Scheduler scheduler) {
        session = new MultipathSession(
                config,
                role,
                ConnectionId.of(new UUID(1, 2)),
                scheduler,
                UnpooledByteBufAllocator.DEFAULT,
                new Random(1));
    }

    // ---- time

    long nowNanos() {
        return nowNanos;
    }

    /** Lets time pass without the timer. */
    void passMillis(long millis) {
        nowNanos += millis * MILLISECOND;
    }

    /** Lets time pass up to the session's own deadline, fires the timer, and returns how many milliseconds passed. */
    long passToDeadline() {
        long passedNanos = session.nextDeadlineNanos() - nowNanos;
        nowNanos += passedNanos;
        session.onTimeout(nowNanos);
        return passedNanos / MILLISECOND;
    }

    // ---- subflows

    /** A subflow whose handshake took so long, its first ping answered after as long again. */
    Subflow subflow(long rttMillis) {
        Subflow subflow = session.addSubflow(StatsTracker.NONE, rttMillis * MILLISECOND, JoinOffer.BASE, nowNanos);
        transmit();
        passMillis(rttMillis);
        receive(subflow, ControlFrame.PONG);
        events();
        return subflow;
    }

    /** A subflow of which nothing is known and nothing was sent. */
    Subflow freshSubflow() {
        return session.addSubflow(StatsTracker.NONE, -1, JoinOffer.BASE, nowNanos);
    }

    List<String> events() {
        List<String> events = new ArrayList<>();
        SessionEvent event;
        while ((event = session.pollEvent()) != null) {
            events.add(event.subflow().id() + ": " + event.kind());
        }
        return events;
    }

    // ---- frames out

    void send(int bytes) {
        session.send(buffer(bytes));
    }

    /** Sends so many bytes as one buffer, and returns what leaves. */
    List<String> sendAndTransmit(int bytes) {
        send(bytes);
        return transmit();
    }

    /** What leaves now, on channels that stay writable. */
    List<String> transmit() {
        return transmit(Integer.MAX_VALUE);
    }

    /** What leaves now, on channels that are full after so many frames altogether. */
    List<String> transmit(int frames) {
        List<String> sent = new ArrayList<>();
        session.transmit(nowNanos, (subflow, frame) -> {
            sent.add(subflow.id() + ": " + describe(frame));
            if (frame instanceof DataFrame data) {
                sentData.add(data);
            }
            return sent.size() < frames;
        });
        releaseSent();
        return sent;
    }

    private void releaseSent() {
        sentData.forEach(DataFrame::release);
        sentData.clear();
    }

    private static String describe(Frame frame) {
        if (frame instanceof DataFrame data) {
            return "frame " + data.frameNumber() + " of " + data.payload().readableBytes();
        }
        if (frame instanceof AckFrame ack) {
            return "ack " + ack.frameNumber();
        }
        ControlFrame control = (ControlFrame) frame;
        return control.isPing() ? "ping" : control.isPong() ? "pong" : "control " + control.number();
    }

    // ---- frames in

    void receive(Subflow subflow, Frame frame) {
        try {
            session.onFrame(subflow, frame, nowNanos);
        } catch (SubflowViolationException e) {
            throw new AssertionError(e);
        }
    }

    void receiveAck(Subflow subflow, long... frameNumbers) {
        for (long frameNumber : frameNumbers) {
            receive(subflow, new AckFrame(frameNumber));
        }
    }

    /** Returns the payload, to see what became of it. */
    ByteBuf receiveData(Subflow subflow, long frameNumber, int bytes) {
        ByteBuf payload = buffer(bytes);
        receive(subflow, new DataFrame(frameNumber, payload));
        return payload;
    }

    /** The bytes that the application reads, as the sizes of the pieces. */
    List<Integer> read() {
        List<Integer> sizes = new ArrayList<>();
        ByteBuf bytes;
        while ((bytes = session.pollReceived()) != null) {
            sizes.add(bytes.readableBytes());
            bytes.release();
        }
        return sizes;
    }

    static ByteBuf buffer(int bytes) {
        return Unpooled.buffer(Math.max(1, bytes)).writeZero(bytes);
    }

    @Override
    public void close() {
        session.release();
    }
}
