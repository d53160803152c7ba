package dev.multipath.session.sim;

import dev.multipath.session.SessionConfig;
import java.util.List;

/**
 * What one end does.
 *
 * @param config its session's
 * @param traffic what its application writes, and how it reads
 * @param ending how it ends
 * @param endAtNanos when, for the endings that have a time
 * @param actions what else it does
 */
record EndPlan(SessionConfig config, Traffic traffic, Ending ending, long endAtNanos, List<Action> actions) {

    /** How an end leaves. */
    enum Ending {
        /** Shuts its output down when all is written, reads on, and is gone when both directions have ended. */
        HALF_CLOSE,
        /** Closes when all is written, whatever there is to read. */
        CLOSE_WHEN_WRITTEN,
        /** Closes when all is written and the peer's stream has ended. */
        CLOSE_AFTER_INPUT,
        /** Closes at some time. */
        CLOSE_AT,
        /** Gives the session up at some time. */
        ABORT_AT,
        /** Closes when all is written and all is read. */
        CLOSE_WHEN_DONE,
        /** Closes when the simulation finds that nothing moves any more. */
        CLOSE_AT_REST
    }

    /** Other things to do. */
    enum ActionKind {
        /** Calls a subflow a backup, or takes that back. */
        BACKUP,
        /** Gives a subflow up. */
        CLOSE_SUBFLOW,
        /** Announces an address. */
        ANNOUNCE,
        /** Withdraws an address. */
        WITHDRAW
    }

    /**
     * One thing to do.
     *
     * @param kind what
     * @param atNanos when, from the beginning
     * @param value which: a number that is taken modulo what there is
     */
    record Action(ActionKind kind, long atNanos, int value) {
        @Override
        public String toString() {
            return String.format("%s %d at %.3f s", kind, value, atNanos / 1e9);
        }
    }

    /** The code of an abort, to be told from all others. */
    long abortCode() {
        return 1000 + endAtNanos % 1000;
    }

    /** Whether it stays until both streams have ended, however long that takes. */
    boolean isPeaceful() {
        return ending == Ending.HALF_CLOSE
                || (ending == Ending.CLOSE_AFTER_INPUT && config.linger().toHours() > 0);
    }

    @Override
    public String toString() {
        return config + "\n          " + traffic + "\n          "
                + String.format("%s %.3f s, %s", ending, endAtNanos / 1e9, actions);
    }
}
