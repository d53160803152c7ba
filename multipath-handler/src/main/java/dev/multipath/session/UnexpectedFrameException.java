package dev.multipath.session;

/** A frame came that its sender may not send in this state of the subflow or the stream. */
public final class UnexpectedFrameException extends SubflowViolationException {

    UnexpectedFrameException(String message) {
        super(message);
    }
}
