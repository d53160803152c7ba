package dev.multipath.session;

/** A frame came that its sender may not send in this state of the subflow or the stream. */
public final class UnexpectedFrameException extends SubflowViolationException {

    /**
     * Creates an exception.
     *
     * @param message which frame came, and when
     */
    public UnexpectedFrameException(String message) {
        super(message);
    }
}
