package dev.multipath.session;

/** The peer sent more than it was granted, or too far ahead: {@code docs/PROTOCOL.md} 4.4. */
public final class FlowControlException extends SubflowViolationException {

    FlowControlException(String message) {
        super(message);
    }
}
