package dev.multipath.session;

/** The peer sent more than it was granted. */
public final class FlowControlException extends SubflowViolationException {

    FlowControlException(String message) {
        super(message);
    }
}
