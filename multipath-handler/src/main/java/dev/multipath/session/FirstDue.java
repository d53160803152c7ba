package dev.multipath.session;

import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;

/** Finds out what is due first of all that it is told. One object for all searches, as there is one for each turn of a session. */
final class FirstDue {

    private static final TimerName[] NAMES = TimerName.values();
    private static final int NO_NAME = NAMES.length;

    private long atNanos;

    /** Its place among the names: a reference that is written into an old object is work for the garbage collector, each time. */
    private int name = NO_NAME;

    /** Another search begins. */
    void begin() {
        atNanos = Deadline.NONE;
        name = NO_NAME;
    }

    /** That is waited for too; {@link Deadline#NONE} if it is not at present. */
    void offer(TimerName offered, long dueAtNanos) {
        if (dueAtNanos < atNanos || (dueAtNanos == atNanos && name != NO_NAME && offered.ordinal() < name)) {
            atNanos = dueAtNanos;
            name = offered.ordinal();
        }
    }

    /** When it is due; {@link Deadline#NONE} if nothing is waited for. */
    long atNanos() {
        return atNanos;
    }

    /** Null if nothing is waited for. */
    TimerName name() {
        return name == NO_NAME ? null : NAMES[name];
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
