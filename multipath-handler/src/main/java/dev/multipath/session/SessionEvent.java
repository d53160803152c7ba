package dev.multipath.session;

import java.net.InetSocketAddress;

/**
 * Something that happened to a session or one of its subflows.
 *
 * @param kind what
 * @param subflow to which; {@code null} if it is not about one
 * @param cause why, {@code null} if there is nothing to say
 * @param address of an address event, else {@code null}
 */
public record SessionEvent(Kind kind, Subflow subflow, Throwable cause, InetSocketAddress address) {

    /** The kinds of events. */
    public enum Kind {
        /** A subflow joined the session. */
        ADDED,
        /** A subflow left the session; what only it carried is sent again on others. Its channel is to be closed. */
        REMOVED,
        /** A subflow was not let into the session, which never knew it. Its channel is to be closed. */
        REFUSED,
        /** A subflow acknowledges nothing any more; others carry its data. */
        STALE,
        /** A stale subflow answers again. */
        RECOVERED,
        /** What the peer sends on a subflow may not arrive. */
        SUSPECTED,
        /** It does. */
        CLEARED,
        /** The peer calls a subflow a backup, or no longer. */
        STATUS_CHANGED,
        /** The last subflow is lost; the session waits for another. */
        SUSPENDED,
        /** The session has a subflow again. */
        RESUMED,
        /** The peer can be reached at a further address. */
        ADDRESS_ADDED,
        /** The peer can no longer be reached at an address. */
        ADDRESS_REMOVED,
        /** The peer will end soon. */
        GOING_AWAY
    }

    static SessionEvent of(Kind kind, Subflow subflow, Throwable cause) {
        return new SessionEvent(kind, subflow, cause, null);
    }

    static SessionEvent of(Kind kind, InetSocketAddress address) {
        return new SessionEvent(kind, null, null, address);
    }
}
