package dev.multipath.session;

/** The session ended although frames were missing: what was read is not all that the peer sent. */
public final class TruncatedStreamException extends MultipathException {

    /** Creates an exception. */
    public TruncatedStreamException(String message, Throwable cause) {
        super(message, cause);
    }
}
