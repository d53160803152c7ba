package dev.multipath.session;

/** The peer did on a subflow what the protocol does not allow; the subflow is to be closed. Subclasses say what. */
public class SubflowViolationException extends MultipathException {

    SubflowViolationException(String message) {
        super(message);
    }
}
