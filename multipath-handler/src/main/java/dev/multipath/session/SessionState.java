package dev.multipath.session;

/** The life of a session: {@code OPEN -> DRAINING -> CLOSED}, or {@code OPEN -> CLOSED}. */
public enum SessionState {
    /** Sends and receives. */
    OPEN,
    /** Takes no more bytes to send; waits for the peer's acknowledgement of what was taken. */
    DRAINING,
    /** Over; all buffers are released. */
    CLOSED
}
