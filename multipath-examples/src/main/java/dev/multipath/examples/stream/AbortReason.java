package dev.multipath.examples.stream;

import dev.multipath.codec.ResetFrame;

/** Why this program gives a session up. The codes go over the wire: they stay as they are. */
public enum AbortReason {
    /** Ctrl-C, or another signal that ends the program. */
    INTERRUPTED(0),
    /** The TCP connection at this end of a tunnel was reset. */
    CONNECTION_LOST(1),
    /** The target of a tunnel cannot be connected to. */
    TARGET_UNREACHABLE(2),
    /** Standard input or output failed. */
    STREAM_FAILED(3),
    /** The command could not be started, or was killed. */
    COMMAND_FAILED(4),
    /** There is a session already, and no more can be served. */
    OCCUPIED(5),
    /** Nothing moved for too long. */
    IDLE(6),
    /** Something failed here that should not. */
    INTERNAL_ERROR(7);

    private final long code;

    AbortReason(int offset) {
        code = ResetFrame.FIRST_APPLICATION_CODE + offset;
    }

    long code() {
        return code;
    }
}
