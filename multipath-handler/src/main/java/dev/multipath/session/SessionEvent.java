package dev.multipath.session;

/**
 * Something that happened to a subflow.
 *
 * @param kind what
 * @param subflow to which
 * @param cause why, {@code null} if there is nothing to say
 */
public record SessionEvent(Kind kind, Subflow subflow, Throwable cause) {

    /** The kinds of events. */
    public enum Kind {
        /** A subflow joined the session. */
        ADDED,
        /** A subflow left the session; what only it carried is sent again on others. */
        REMOVED,
        /** A subflow acknowledges nothing any more; others carry its data. */
        STALE,
        /** A stale subflow answers again. */
        RECOVERED
    }
}
