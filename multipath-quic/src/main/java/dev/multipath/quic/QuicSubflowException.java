package dev.multipath.quic;

import java.io.IOException;

/**
 * A subflow's QUIC connection, or its stream, ended without the peer's end of the stream: it was reset, closed, or lost. Never
 * thrown for an end in order.
 */
public final class QuicSubflowException extends IOException {

    /** There is none: the peer has not said anything. */
    public static final long NO_CODE = -1;

    /** The code of QUIC's. */
    private final long code;

    QuicSubflowException(String message, long code, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /**
     * {@return why the peer has cut the subflow: one of {@link dev.multipath.codec.ResetFrame}'s codes or the application's own,
     * or {@link #NO_CODE}}
     */
    public long code() {
        return code;
    }
}
