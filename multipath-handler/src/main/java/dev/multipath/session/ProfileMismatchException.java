package dev.multipath.session;

/** In a session of the extended profile, the peer of a subflow does not speak it: it is another peer. {@code
 * docs/PROTOCOL.md} 3. */
public final class ProfileMismatchException extends SubflowViolationException {

    ProfileMismatchException(String message) {
        super(message);
    }
}
