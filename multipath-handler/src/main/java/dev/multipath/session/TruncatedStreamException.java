package dev.multipath.session;

/** The session ended although frames were missing: what was read is not all that the peer sent. */
public final class TruncatedStreamException extends MultipathException {

    /**
     * Creates an exception.
     *
     * @param message what is missing
     * @param cause how the last subflow was lost, may be {@code null}
     */
    public TruncatedStreamException(String message, Throwable cause) {
        super(message, cause);
    }
}
