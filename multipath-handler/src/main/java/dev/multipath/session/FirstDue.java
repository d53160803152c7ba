package dev.multipath.session;

import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;

/** Finds out what is due first of all that it is told. One object for all searches, as there is one for each turn of a session. */
final class FirstDue {

    private long atNanos;
    private TimerName name;

    /** Another search begins. */
    void begin() {
        atNanos = Deadline.NONE;
        name = null;
    }

    /** That is waited for too; {@link Deadline#NONE} if it is not at present. */
    void offer(TimerName offered, long dueAtNanos) {
        if (dueAtNanos < atNanos || (dueAtNanos == atNanos && name != null && offered.compareTo(name) < 0)) {
            atNanos = dueAtNanos;
            name = offered;
        }
    }

    /** When it is due; {@link Deadline#NONE} if nothing is waited for. */
    long atNanos() {
        return atNanos;
    }

    /** Null if nothing is waited for. */
    TimerName name() {
        return name;
    }

    /** Does something for each of these subflows, a view of those that there are, for which it is due. */
    static void forEach(
            List<SubflowControl> subflows,
            ToLongFunction<SubflowControl> dueAtNanos,
            ObjLongConsumer<SubflowControl> action,
            long nowNanos) {
        int i = 0;
        while (i < subflows.size()) {
            SubflowControl subflow = subflows.get(i);
            if (nowNanos >= dueAtNanos.applyAsLong(subflow)) {
                action.accept(subflow, nowNanos);
            }
            // Unless it has left the list by that.
            i += i < subflows.size() && subflows.get(i) == subflow ? 1 : 0;
        }
    }
}
