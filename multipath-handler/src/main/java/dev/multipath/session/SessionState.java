package dev.multipath.session;

/**
 * The life of a session: {@code OPEN -> DRAINING -> CLOSED}, or from the first two to {@code FAILED}, and always to {@code
 * CLOSED}. (How far each direction of the stream has come is another matter: {@link MultipathSession#isInputEnded}.)
 */
public enum SessionState {
    /** Sends and receives. */
    OPEN,
    /** Takes no more bytes to send; waits for the peer's acknowledgement of what was taken. */
    DRAINING,
    /** Given up, by either end or for want of subflows; what came in order can still be read. */
    FAILED,
    /** Over; all buffers are released. */
    CLOSED
}
