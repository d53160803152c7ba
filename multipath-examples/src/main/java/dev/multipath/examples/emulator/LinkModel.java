package dev.multipath.examples.emulator;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One direction of a path in numbers: items queue for a wire of a given rate, go over it one after the other, and arrive
 * one delay later, in order. Pure: it does no I/O and owns no clock; {@code nowNanos} never goes back between calls.
 * Not thread safe.
 *
 * <p>Times are computed as late as possible (a departure when the item is at the head, an arrival when it is asked for),
 * so that new settings act at once on what is already under way.
 *
 * @param <T> what travels
 */
final class LinkModel<T> {

    /** The answer of {@link #nextEventNanos} when nothing will happen by itself. */
    static final long NEVER = Long.MAX_VALUE;

    /**
     * Bounds what one direction holds where the rate does not: 500 ms of 1 Gbit/s, more than the paths worth emulating.
     */
    static final int MAX_HELD_BYTES = 64 * 1024 * 1024;

    /** Charged for each item towards that bound: about what its objects cost, so that tiny items are bounded as well. */
    static final int ITEM_OVERHEAD_BYTES = 256;

    /**
     * How late the owner may be to refill a queue that was full, without the path losing rate: more than a timer's
     * granularity and most pauses of a busy machine.
     */
    static final long CATCH_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final long BITS_TIMES_NANOS = 8 * TimeUnit.SECONDS.toNanos(1);

    private record Queued<T>(T item, int bytes, long offeredNanos) {}

    private record InFlight<T>(T item, int bytes, long departedNanos) {}

    private final Queue<Queued<T>> queue = new ArrayDeque<>();
    private final Queue<InFlight<T>> inFlight = new ArrayDeque<>();
    private PathSettings settings;
    private long delayNanos;
    private long queuedBytes;
    private long inFlightBytes;
    /** When the head of the queue began to be sent; with an empty queue, when the wire became free. */
    private long wireNanos;
    /** The queue was full, and has not been empty for longer than a source needs to notice: see {@link #offer}. */
    private boolean sourceHeldBack;
    /** The link's own time stops while it is paused; this is how far it is behind. */
    private long pausedNanos;

    private long pauseStartNanos;
    private boolean paused;

    LinkModel(PathSettings settings, long nowNanos) {
        wireNanos = nowNanos;
        this.settings = settings;
        delayNanos = settings.oneWayDelay().toNanos();
    }

    /** New settings, for what is under way too. An item half sent keeps its sent half. */
    void update(PathSettings newSettings, long nowNanos) {
        long now = advance(nowNanos);
        int headBytes = queue.isEmpty() ? 0 : queue.peek().bytes;
        double sentShare = headBytes == 0 ? 0 : (double) (now - wireNanos) / transmissionNanos(headBytes);
        settings = newSettings;
        delayNanos = newSettings.oneWayDelay().toNanos();
        if (headBytes > 0) {
            wireNanos = now - (long) (sentShare * transmissionNanos(headBytes));
        }
    }

    /** Takes an item; it is never refused, as a byte once read cannot be: the caller asks {@link #roomBytes} first. */
    void offer(T item, int bytes, long nowNanos) {
        long now = advance(nowNanos);
        if (queue.isEmpty()) {
            // The wire was idle. That was the source's doing, unless it had been told to wait for room: then the owner
            // was late to say that there is room again, and a real wire would not have been idle.
            sourceHeldBack &= now - wireNanos <= CATCH_UP_NANOS;
            if (!sourceHeldBack) {
                wireNanos = now;
            }
        }
        queue.add(new Queued<>(item, bytes, now));
        queuedBytes += bytes;
        sourceHeldBack |= queuedBytes >= settings.queueBytes();
    }

    /** The next item that has arrived by now, or null. */
    T poll(long nowNanos) {
        long now = advance(nowNanos);
        InFlight<T> head = inFlight.peek();
        if (paused || head == null || head.departedNanos + delayNanos > now) {
            return null;
        }
        inFlight.remove();
        inFlightBytes -= head.bytes + ITEM_OVERHEAD_BYTES;
        return head.item;
    }

    /** How long until something departs or arrives; 0 if it is due, {@link #NEVER} if nothing is under way. */
    long nextEventNanos(long nowNanos) {
        long now = advance(nowNanos);
        if (paused) {
            return NEVER;
        }
        long next = NEVER;
        if (!inFlight.isEmpty()) {
            next = inFlight.peek().departedNanos + delayNanos - now;
        }
        if (!queue.isEmpty()) {
            next = Math.min(next, wireNanos + transmissionNanos(queue.peek().bytes) - now);
        }
        return Math.max(0, next);
    }

    /** How many bytes should be offered at most; 0 while paused. */
    int roomBytes(long nowNanos) {
        advance(nowNanos);
        if (paused) {
            return 0;
        }
        long room = MAX_HELD_BYTES - inFlightBytes - queuedBytes;
        if (settings.rateBitsPerSecond() != PathSettings.UNLIMITED) {
            room = Math.min(room, settings.queueBytes() - queuedBytes);
        }
        return (int) Math.max(0, room);
    }

    /** Stops the link's time: nothing departs, nothing arrives. */
    void pause(long nowNanos) {
        if (!paused) {
            pauseStartNanos = advance(nowNanos);
            paused = true;
        }
    }

    /** Lets the link's time go on where it stopped. */
    void resume(long nowNanos) {
        if (paused) {
            paused = false;
            pausedNanos = nowNanos - pauseStartNanos;
        }
    }

    /** Hands out all that is under way, in order, as if it had never been offered. */
    void clear(Consumer<? super T> dropped) {
        inFlight.forEach(entry -> dropped.accept(entry.item));
        inFlight.clear();
        queue.forEach(entry -> dropped.accept(entry.item));
        queue.clear();
        queuedBytes = 0;
        inFlightBytes = 0;
        sourceHeldBack = false;
    }

    long queuedBytes(long nowNanos) {
        advance(nowNanos);
        return queuedBytes;
    }

    /** Moves what has been sent by now from the queue into flight, and returns the link's own time. */
    private long advance(long nowNanos) {
        long now = paused ? pauseStartNanos : nowNanos - pausedNanos;
        for (Queued<T> head; (head = queue.peek()) != null; ) {
            long departureNanos = wireNanos + transmissionNanos(head.bytes);
            if (departureNanos > now) {
                break;
            }
            queue.remove();
            queuedBytes -= head.bytes;
            wireNanos = departureNanos;
            // When catching up, a departure lies before the offer: the item travels its whole delay all the same.
            inFlight.add(new InFlight<>(head.item, head.bytes, Math.max(departureNanos, head.offeredNanos)));
            inFlightBytes += head.bytes + ITEM_OVERHEAD_BYTES;
        }
        return now;
    }

    private long transmissionNanos(int bytes) {
        long rate = settings.rateBitsPerSecond();
        return rate == PathSettings.UNLIMITED ? 0 : (bytes * BITS_TIMES_NANOS + rate - 1) / rate;
    }
}
