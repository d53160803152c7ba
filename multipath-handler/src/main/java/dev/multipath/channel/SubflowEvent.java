package dev.multipath.channel;

import dev.multipath.path.Path;

/**
 * Fired through the pipeline of a {@link MultipathChannel} as a user event when something happens to one of its subflows. On
 * the channel's event loop.
 *
 * @param kind what
 * @param path the path of the subflow
 * @param cause why it was removed or crowded out, {@code null} if it ended in order or by this end's will, or for other kinds
 */
public record SubflowEvent(Kind kind, Path path, Throwable cause) {

    /** The kinds of events. */
    public enum Kind {
        /** A subflow joined. */
        ADDED,
        /** A subflow is gone; a client dials its path again, unless either end has removed it. */
        REMOVED,
        /** A subflow acknowledges nothing any more; its data go over others. */
        STALE,
        /** A stale subflow answers again. */
        RECOVERED,
        /** The peer calls a subflow a backup ({@code MP_PRIO} of RFC 8684 section 3.3.8), or no longer. */
        STATUS_CHANGED,
        /**
         * The server has no place for a further subflow of this path ({@code MAX_SUBFLOWS}); {@code cause} is its word. It is not
         * dialled again until another subflow is lost or in doubt, this host's interfaces change, or ten minutes have passed.
         */
        CROWDED_OUT
    }
}
