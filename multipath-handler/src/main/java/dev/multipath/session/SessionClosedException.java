package dev.multipath.session;

/**
 * The session ended before the peer had acknowledged everything that was written: the counterpart of Go's {@code
 * ErrClosed}.
 */
public final class SessionClosedException extends MultipathException {

    private final long unacknowledgedBytes;

    /**
     * Creates an exception for a session that ended too early.
     *
     * @param message what has happened
     * @param unacknowledgedBytes how many written bytes the peer may not have got
     * @param cause why, may be {@code null}
     */
    public SessionClosedException(String message, long unacknowledgedBytes, Throwable cause) {
        super(message, cause);
        this.unacknowledgedBytes = unacknowledgedBytes;
    }

    /** {@return how many written bytes the peer may not have got} */
    public long unacknowledgedBytes() {
        return unacknowledgedBytes;
    }
}
