package dev.multipath.session;

/** A subflow has not proved, or not in time, that it belongs to the session. It had no effect on the session. {@code
 * docs/PROTOCOL.md} 4.6. */
public final class JoinRefusedException extends SubflowViolationException {

    JoinRefusedException(String message) {
        super(message);
    }
}
