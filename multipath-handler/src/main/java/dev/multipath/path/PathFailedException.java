package dev.multipath.path;

import dev.multipath.session.MultipathException;

/** An attempt to establish a subflow on a path failed; the cause says why. */
public final class PathFailedException extends MultipathException {

    private final transient Path path;

    PathFailedException(Path path, Throwable cause) {
        super(path.label() + " (" + description(cause) + ")", cause);
        this.path = path;
    }

    /** What it is, and what is behind it: TLS engines say no more than that there was a problem. */
    private static String description(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String own = messageOf(cause);
        String first = messageOf(root);
        return own.contains(first) ? own : own + ": " + first;
    }

    private static String messageOf(Throwable cause) {
        return cause.getMessage() != null
                ? cause.getMessage()
                : cause.getClass().getSimpleName();
    }

    /** {@return the path that was tried} */
    public Path path() {
        return path;
    }
}
