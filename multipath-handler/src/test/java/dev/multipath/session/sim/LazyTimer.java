package dev.multipath.session.sim;

/** A timer that is set again all the time: at most one event waits for it, and looks then whether it is due. */
final class LazyTimer {

    static final long NEVER = Long.MAX_VALUE;

    private final EventQueue clock;
    private final Runnable action;
    private long dueAtNanos = NEVER;
    private long scheduledAtNanos = NEVER;

    LazyTimer(EventQueue clock, Runnable action) {
        this.clock = clock;
        this.action = action;
    }

    boolean isSet() {
        return dueAtNanos != NEVER;
    }

    void stop() {
        dueAtNanos = NEVER;
    }

    void set(long atNanos) {
        dueAtNanos = atNanos;
        if (scheduledAtNanos <= atNanos) {
            return;
        }
        scheduledAtNanos = atNanos;
        clock.at(atNanos, () -> look(atNanos));
    }

    private void look(long atNanos) {
        if (scheduledAtNanos != atNanos) {
            return;
        }
        scheduledAtNanos = NEVER;
        if (dueAtNanos <= clock.nowNanos()) {
            dueAtNanos = NEVER;
            action.run();
        } else if (dueAtNanos != NEVER) {
            set(dueAtNanos);
        }
    }
}
