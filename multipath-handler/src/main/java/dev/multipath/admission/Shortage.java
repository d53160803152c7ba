package dev.multipath.admission;

/** Why a place is refused, or taken away. */
public enum Shortage {
    /** There are as many connections without a session as there may be. */
    HANDSHAKES("too many handshakes"),
    /** The session has as many subflows that have yet to prove themselves as it may have. */
    JOINS("too many unproven subflows"),
    /** There are as many sessions as there may be. */
    SESSIONS("too many sessions"),
    /** There are too few, and as many from this source address as there may be then. */
    SOURCE_QUOTA("too many from this address"),
    /** There is no name for another session: the application's generator gives none. */
    NAMES("no name for another session"),
    /** The sessions hold as much memory as they may, and this one the most for nothing. */
    MEMORY("memory is short"),
    /** The process has as many sockets and files open as it may have. */
    DESCRIPTORS("no file descriptors are left"),
    /** The server takes nobody any more. */
    CLOSING("the server is closing");

    private final String reason;

    Shortage(String reason) {
        this.reason = reason;
    }

    /** {@return what the peer is told, for people} */
    public String reason() {
        return reason;
    }
}
