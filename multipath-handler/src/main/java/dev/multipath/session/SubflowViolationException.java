package dev.multipath.session;

/**
 * The peer did on a subflow what the protocol does not allow: {@code docs/PROTOCOL.md} 5. The subflow is to be closed.
 * Subclasses say what it was.
 */
public class SubflowViolationException extends MultipathException {

    SubflowViolationException(String message) {
        super(message);
    }
}
