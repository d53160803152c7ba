package dev.multipath.session;

import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;

/**
 * All that a session waits for, by name. Whose business it is says when that is due, by what is known then, and what is done; here
 * is who is the next. Nobody else compares points in time of several.
 */
final class Timers {

    /** What is waited for; what is due at the same time goes in this order. */
    enum Name {
        /** A subflow has to prove that it belongs to the session. */
        JOIN,
        /** A subflow that has proved itself has to bring its peer's HELLO. */
        HELLO,
        /** Nothing was acknowledged on a subflow for its RTO: others carry what it carries. */
        STALE,
        /** Nothing was acknowledged on a subflow for a round trip: others get what is new. */
        LATE,
        /** The round trip of a subflow that was better once is known from long ago. */
        REFRESH,
        /** A subflow was silent for its probe interval. */
        PROBE,
        /** What the peer sends on a subflow may not arrive. */
        SUSPICION,
        /** An acknowledgement should not wait any longer; it leaves with what is transmitted next. */
        ACK,
        /** A frame that others wait for is overdue; a copy leaves with what is transmitted next. */
        OVERDUE,
        /** The scheduler wants to be asked again; what it then chooses leaves with what is transmitted next. */
        SCHEDULER,
        /** A path that has sent as fast as it may can send again, with what is transmitted next. */
        PACE,
        /** No subflow delivers: the lowest frame is tried once more. */
        LAST_RESORT,
        /** The peer's grant of credit may be lost: it is asked for. */
        CREDIT,
        /** The session was without a subflow for as long as it may be. */
        RESUMPTION,
        /** What was taken may be left unacknowledged from then on; the owner asks {@link SessionView#isDrained}. */
        LINGER
    }

    private interface Timer {
        long dueAtNanos();

        void fire(long nowNanos);
    }

    private record OfSession(LongSupplier due, LongConsumer action) implements Timer {
        @Override
        public long dueAtNanos() {
            return due.getAsLong();
        }

        @Override
        public void fire(long nowNanos) {
            if (nowNanos >= due.getAsLong()) {
                action.accept(nowNanos);
            }
        }
    }

    private record OfEach(
            List<SubflowControl> subflows, ToLongFunction<SubflowControl> due, ObjLongConsumer<SubflowControl> action)
            implements Timer {
        @Override
        public long dueAtNanos() {
            long dueAtNanos = Deadline.NONE;
            for (int i = 0; i < subflows.size(); i++) {
                dueAtNanos = Math.min(dueAtNanos, due.applyAsLong(subflows.get(i)));
            }
            return dueAtNanos;
        }

        @Override
        public void fire(long nowNanos) {
            int i = 0;
            while (i < subflows.size()) {
                SubflowControl subflow = subflows.get(i);
                if (nowNanos >= due.applyAsLong(subflow)) {
                    action.accept(subflow, nowNanos);
                }
                // Unless it has left the list by that.
                i += i < subflows.size() && subflows.get(i) == subflow ? 1 : 0;
            }
        }
    }

    private static final Timer NEVER = new OfSession(() -> Deadline.NONE, nowNanos -> {});

    private final Timer[] table = new Timer[Name.values().length];

    Timers() {
        for (Name name : Name.values()) {
            table[name.ordinal()] = NEVER;
        }
    }

    /** For what is done when others look, as soon as the time has come. */
    static void nothing(long nowNanos) {}

    void set(Name name, LongSupplier dueAtNanos, LongConsumer action) {
        table[name.ordinal()] = new OfSession(dueAtNanos, action);
    }

    /** One for each of these subflows, which are a view of those that there are. */
    void setForEach(
            Name name,
            List<SubflowControl> subflows,
            ToLongFunction<SubflowControl> dueAtNanos,
            ObjLongConsumer<SubflowControl> action) {
        table[name.ordinal()] = new OfEach(subflows, dueAtNanos, action);
    }

    /** When the first is due; {@link Deadline#NONE} for never. */
    long nextDeadlineNanos() {
        long nextAtNanos = Deadline.NONE;
        for (Timer timer : table) {
            nextAtNanos = Math.min(nextAtNanos, timer.dueAtNanos());
        }
        return nextAtNanos;
    }

    /** Which one is due first; null if none ever is. */
    Name next() {
        long nextAtNanos = nextDeadlineNanos();
        for (Name name : Name.values()) {
            if (nextAtNanos != Deadline.NONE && table[name.ordinal()].dueAtNanos() == nextAtNanos) {
                return name;
            }
        }
        return null;
    }

    /** Does what is due. */
    void fire(long nowNanos) {
        for (Timer timer : table) {
            timer.fire(nowNanos);
        }
    }
}
