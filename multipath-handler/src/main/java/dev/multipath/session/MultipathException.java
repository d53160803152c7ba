package dev.multipath.session;

import java.io.IOException;

/** A session failed, or its stream did. The subclasses say how. */
public class MultipathException extends IOException {

    /**
     * Creates an exception.
     *
     * @param message what has happened
     */
    public MultipathException(String message) {
        super(message);
    }

    /**
     * Creates an exception with a cause.
     *
     * @param message what has happened
     * @param cause why, may be {@code null}
     */
    public MultipathException(String message, Throwable cause) {
        super(message, cause);
    }
}
