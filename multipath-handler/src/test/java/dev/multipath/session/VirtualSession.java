package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.Scheduler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * A session in virtual time, for tests that read as stories: the test is the peer. What the session sends comes out as words
 * such as {@code "0: frame 10 of 500"} (the subflow's id, then the frame).
 */
abstract class VirtualSession implements AutoCloseable {

    static final long MILLISECOND = 1_000_000;
    static final ConnectionId CONNECTION_ID = ConnectionId.of(new UUID(1, 2));

    final MultipathSession session;

    /** What left at the last {@link #transmit}; of data, only the words are left. */
    final List<Sent> sent = new ArrayList<>();

    /** Why something was sent again, from the beginning. */
    final List<RepetitionCause> repetitions = new ArrayList<>();

    final StatsTracker tracker = new StatsTracker() {
        @Override
        public void onRetransmitted(int payloadBytes, RepetitionCause cause) {
            repetitions.add(cause);
        }
    };

    private long nowNanos = 5_000 * MILLISECOND;

    record Sent(Frame frame, String words) {}

    VirtualSession(SessionConfig config, SessionRole role, Scheduler scheduler) {
        session = new MultipathSession(
                config,
                role,
                CONNECTION_ID,
                SessionPolicies.of(scheduler),
                UnpooledByteBufAllocator.DEFAULT,
                new Random(1));
    }

    // ---- time

    final long nowNanos() {
        return nowNanos;
    }

    /** Lets time pass without the timer. */
    final void passMillis(long millis) {
        nowNanos += millis * MILLISECOND;
    }

    final void passTo(long newNowNanos) {
        nowNanos = newNowNanos;
    }

    /** Lets time pass up to the session's own deadline, fires the timer, and returns how many milliseconds passed. */
    final long passToDeadline() {
        long passedNanos = session.nextDeadlineNanos() - nowNanos;
        nowNanos += Math.max(0, passedNanos);
        session.onTimeout(nowNanos);
        return passedNanos / MILLISECOND;
    }

    // ---- what comes out

    final List<String> events() {
        List<String> events = new ArrayList<>();
        SessionEvent event;
        while ((event = session.pollEvent()) != null) {
            events.add(
                    event instanceof SessionEvent.OfAddress of
                            ? of.address().getPort() + ": ADDRESS_" + of.kind()
                            : event.toString());
        }
        return events;
    }

    /** Why the subflow is lost of which the next event tells. */
    final Throwable nextLoss() {
        return ((SessionEvent.OfSubflow) session.pollEvent()).cause();
    }

    final void send(int bytes) {
        session.send(buffer(bytes));
    }

    /** Sends so many bytes as one buffer, and returns what leaves. */
    final List<String> sendAndTransmit(int bytes) {
        send(bytes);
        return transmit();
    }

    /** What leaves now, on channels that stay writable. */
    final List<String> transmit() {
        return transmit(Integer.MAX_VALUE);
    }

    /** What leaves now, on channels that are full after so many frames altogether. */
    final List<String> transmit(int frames) {
        sent.clear();
        session.transmit(nowNanos, (subflow, frame) -> {
            sent.add(new Sent(frame, subflow.id() + ": " + FrameWords.of(frame)));
            return sent.size() < frames;
        });
        for (Sent each : sent) {
            if (each.frame instanceof DataFrame data) {
                data.release();
            }
        }
        return sent.stream().map(Sent::words).toList();
    }

    // ---- what goes in

    final void receive(Subflow subflow, Frame frame) {
        try {
            session.onFrame(subflow, frame, nowNanos);
        } catch (SubflowViolationException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the payload, to see what became of it. */
    final ByteBuf receiveData(Subflow subflow, long frameNumber, int bytes) {
        DataFrame data = data(frameNumber, bytes);
        receive(subflow, data);
        return data.payload();
    }

    static DataFrame data(long frameNumber, int bytes) {
        return new DataFrame(frameNumber, buffer(bytes));
    }

    static ByteBuf buffer(int bytes) {
        return Unpooled.buffer(Math.max(1, bytes)).writeZero(bytes);
    }

    @Override
    public void close() {
        session.release();
    }
}
