package dev.multipath.session.sim;

import java.util.PriorityQueue;

/** Virtual time: what is to happen, in the order of time; at the same time, in the order of being asked for. */
final class EventQueue {

    private record Event(long atNanos, long sequence, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return atNanos == other.atNanos
                    ? Long.compare(sequence, other.sequence)
                    : Long.compare(atNanos, other.atNanos);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowNanos;
    private long nextSequence;
    private long executed;

    EventQueue(long startNanos) {
        nowNanos = startNanos;
    }

    long nowNanos() {
        return nowNanos;
    }

    /** How many events have happened. */
    long executed() {
        return executed;
    }

    /** A time in the past means now. */
    void at(long atNanos, Runnable action) {
        events.add(new Event(Math.max(atNanos, nowNanos), nextSequence++, action));
    }

    void after(long delayNanos, Runnable action) {
        at(nowNanos + delayNanos, action);
    }

    /** Lets the next event happen; false if there is none. */
    boolean runNext() {
        Event event = events.poll();
        if (event == null) {
            return false;
        }
        SimulatedTime.pass(event.atNanos - nowNanos);
        nowNanos = event.atNanos;
        executed++;
        event.action.run();
        return true;
    }
}
