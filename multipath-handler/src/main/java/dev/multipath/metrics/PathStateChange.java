package dev.multipath.metrics;

import java.time.Instant;

/**
 * When, and why, a path got the state that it has.
 *
 * @param state the state since then
 * @param reason why
 * @param cause the exception behind it; {@code null} if there is none. Its text may hold what a peer has said
 * @param at when, by the wall clock
 */
public record PathStateChange(PathState state, Reason reason, Throwable cause, Instant at) {

    /** Why a path's state changes. */
    public enum Reason {
        /** A subflow has joined the session. */
        JOINED,
        /** Its last subflow was lost. */
        LOST,
        /** Its last subflow ended in order, or by this end's will. */
        CLOSED,
        /** Its subflow acknowledges nothing in the time it should. */
        SILENT,
        /** Its subflow acknowledges again. */
        ANSWERED
    }
}
