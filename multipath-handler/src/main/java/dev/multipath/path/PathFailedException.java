package dev.multipath.path;

import dev.multipath.session.MultipathException;

/** An attempt to establish a subflow on a path failed; the cause says why. */
public final class PathFailedException extends MultipathException {

    private final transient Path path;

    PathFailedException(Path path, Throwable cause) {
        super(path.label() + " (" + cause.getMessage() + ")", cause);
        this.path = path;
    }

    /** The path. */
    public Path path() {
        return path;
    }
}
