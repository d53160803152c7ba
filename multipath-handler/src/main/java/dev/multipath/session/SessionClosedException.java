package dev.multipath.session;

/**
 * The session ended before the peer had acknowledged everything that was written: the counterpart of Go's {@code
 * ErrClosed}.
 */
public final class SessionClosedException extends MultipathException {

    private final long unacknowledgedBytes;

    /** Creates an exception for a session that ended with so many bytes unacknowledged. */
    public SessionClosedException(String message, long unacknowledgedBytes, Throwable cause) {
        super(message, cause);
        this.unacknowledgedBytes = unacknowledgedBytes;
    }

    /** How many written bytes the peer may not have got. */
    public long unacknowledgedBytes() {
        return unacknowledgedBytes;
    }
}
