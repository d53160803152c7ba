package dev.multipath.session;

/** The server does not know the session any more: it was restarted, or has given the session up. {@code
 * docs/PROTOCOL.md} 4.8. */
public final class UnknownSessionException extends MultipathException {

    UnknownSessionException() {
        super("the server does not know the session any more");
    }
}
