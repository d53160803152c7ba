package dev.multipath.examples.emulator;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * One direction of a path, shared by the flows of all its connections: a {@link LinkModel} driven by the clock and the
 * timers of the emulator's event loop, on which all calls are made. Flows take turns in reading, so that each gets a
 * fair share of the rate.
 */
final class Link {

    /** One packet: the finest grain a real path would show. */
    private static final int MIN_READ_BYTES = 1460;

    /** With a rate: small beside a queue, so that a path stays smooth and turns are short. */
    private static final int MAX_SHAPED_READ_BYTES = 16 * 1024;

    /** Without a rate: few turns of the event loop per byte. */
    private static final int MAX_READ_BYTES = 128 * 1024;

    /** Between one packet and the maximum, a read is what the rate carries in a millisecond. */
    private static final long READS_PER_SECOND = 1000;

    /** Timers fire no more often; what has become due meanwhile is caught up with in one go. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Bytes that have left the link so far; read by any thread. */
    final LongAdder deliveredBytes = new LongAdder();

    private final EventLoop loop;
    private final LinkModel<Segment> model;
    private final Queue<Segment.Sender> waitingForRoom = new ArrayDeque<>();
    private int outstandingReads;
    private int maxReadBytes;
    private Future<?> timer;

    Link(EventLoop loop, PathSettings settings) {
        this.loop = loop;
        model = new LinkModel<>(settings, System.nanoTime());
        maxReadBytes = maxReadBytes(settings.rateBitsPerSecond());
    }

    void update(PathSettings settings) {
        model.update(settings, System.nanoTime());
        maxReadBytes = maxReadBytes(settings.rateBitsPerSecond());
        reschedule();
    }

    void pause() {
        model.pause(System.nanoTime());
    }

    void resume() {
        model.resume(System.nanoTime());
        reschedule();
    }

    /** Drops everything on the way. For when no connection is left to care. */
    void clear() {
        model.clear(Segment::release);
        waitingForRoom.clear();
        cancelTimer();
    }

    /** Takes a segment and its payload; the caller pumps once it has no more. */
    void send(Segment segment) {
        model.offer(segment, segment.payload().readableBytes(), System.nanoTime());
    }

    /** The sender will be told to {@link Segment.Sender#read} when it is its turn and there is room. */
    void awaitRoom(Segment.Sender sender) {
        waitingForRoom.add(sender);
        grantReads();
    }

    /** How much the sender whose read is about to happen may take: its share of what room there is. */
    int readBytes() {
        // At least a packet, even without room: the read was granted when there was some, and cannot be taken back.
        int share = model.roomBytes(System.nanoTime()) / Math.max(1, outstandingReads);
        return Math.max(MIN_READ_BYTES, Math.min(share, maxReadBytes));
    }

    /** A granted read has happened, or never will. */
    void readEnded() {
        outstandingReads--;
    }

    /** Delivers what has arrived, lets flows read into the room that is left, and sets the timer for what comes next. */
    void pump() {
        for (Segment segment; (segment = model.poll(System.nanoTime())) != null; ) {
            deliveredBytes.add(segment.payload().readableBytes());
            segment.sender().deliver(segment);
        }
        grantReads();
        if (timer == null) {
            schedule();
        }
    }

    private void grantReads() {
        while (!waitingForRoom.isEmpty() && model.roomBytes(System.nanoTime()) > 0) {
            if (waitingForRoom.remove().read()) {
                outstandingReads++;
            }
        }
    }

    /** What happens next may now happen sooner than the timer expects. */
    private void reschedule() {
        cancelTimer();
        pump();
    }

    private void schedule() {
        long nextNanos = model.nextEventNanos(System.nanoTime());
        if (nextNanos != LinkModel.NEVER) {
            timer = loop.schedule(this::timerFired, Math.max(nextNanos, TICK_NANOS), TimeUnit.NANOSECONDS);
        }
    }

    private void timerFired() {
        timer = null;
        pump();
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private static int maxReadBytes(long rateBitsPerSecond) {
        if (rateBitsPerSecond == PathSettings.UNLIMITED) {
            return MAX_READ_BYTES;
        }
        long bytesPerTurn = rateBitsPerSecond / Byte.SIZE / READS_PER_SECOND;
        return (int) Math.max(MIN_READ_BYTES, Math.min(bytesPerTurn, MAX_SHAPED_READ_BYTES));
    }
}
