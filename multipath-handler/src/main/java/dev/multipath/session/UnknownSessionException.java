package dev.multipath.session;

/** The server does not know the session any more: it was restarted, or has given the session up. */
public final class UnknownSessionException extends MultipathException {

    UnknownSessionException() {
        super("the server does not know the session any more");
    }
}
