package dev.multipath.session;

import java.net.InetSocketAddress;

/** Something that happened to a session, to one of its subflows, or to an address of the peer's. */
public sealed interface SessionEvent {

    /**
     * It happened to a subflow.
     *
     * @param kind what
     * @param subflow to which
     * @param cause why; {@code null} if nothing is wrong
     */
    record OfSubflow(Kind kind, Subflow subflow, Throwable cause) implements SessionEvent {

        /** What can happen to a subflow. */
        public enum Kind {
            /** It joined the session. */
            ADDED,
            /** It left the session; what only it carried is sent again on others. Its channel is to be closed. */
            REMOVED,
            /** It was not let into the session, which never knew it. Its channel is to be closed. */
            REFUSED,
            /** It acknowledges nothing any more; others carry its data. */
            STALE,
            /** It was stale, and answers again. */
            RECOVERED,
            /** What the peer sends on it may not arrive. */
            SUSPECTED,
            /** It does. */
            CLEARED,
            /** The peer calls it a backup, or no longer. */
            STATUS_CHANGED
        }

        OfSubflow(Kind kind, Subflow subflow) {
            this(kind, subflow, null);
        }

        @Override
        public String toString() {
            return subflow.id() + ": " + kind;
        }
    }

    /**
     * It happened to the session as a whole.
     *
     * @param kind what
     */
    record OfSession(Kind kind) implements SessionEvent {

        /** What can happen to a session. */
        public enum Kind {
            /** The last subflow is lost; the session waits for another. */
            SUSPENDED,
            /** The session has a subflow again. */
            RESUMED,
            /** The peer will end soon. */
            GOING_AWAY,
            /** The server wants joins at addresses that it announces, and nowhere else. */
            JOINS_ELSEWHERE
        }

        @Override
        public String toString() {
            return kind.toString();
        }
    }

    /**
     * It happened to an address of the peer's.
     *
     * @param kind what
     * @param address to which
     */
    record OfAddress(Kind kind, InetSocketAddress address) implements SessionEvent {

        /** What can happen to an address. */
        public enum Kind {
            /** The peer can be reached there too. */
            ADDED,
            /** The peer can no longer be reached there. */
            REMOVED
        }
    }
}
