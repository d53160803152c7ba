package dev.multipath.path;

import dev.multipath.session.MultipathException;

/** An attempt to establish a subflow on a path failed; the cause says why. */
public final class PathFailedException extends MultipathException {

    private final transient Path path;

    PathFailedException(Path path, Throwable cause) {
        super(path.label() + " (" + description(cause) + ")", cause);
        this.path = path;
    }

    private static String description(Throwable cause) {
        return cause.getMessage() != null
                ? cause.getMessage()
                : cause.getClass().getSimpleName();
    }

    /** The path. */
    public Path path() {
        return path;
    }
}
