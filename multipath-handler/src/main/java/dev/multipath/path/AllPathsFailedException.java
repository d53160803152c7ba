package dev.multipath.path;

import java.net.ConnectException;

/**
 * No path could be dialled; fails {@code connect}. The counterpart of Go's {@code ErrFailOnAllDialers}. Each path's cause is a
 * suppressed exception, a {@link PathFailedException}.
 */
public final class AllPathsFailedException extends ConnectException {

    AllPathsFailedException(Iterable<PathFailedException> causes) {
        super(message(causes));
        causes.forEach(this::addSuppressed);
    }

    private static String message(Iterable<PathFailedException> causes) {
        StringBuilder message = new StringBuilder("all paths failed");
        String separator = ": ";
        for (PathFailedException cause : causes) {
            message.append(separator).append(cause.getMessage());
            separator = "; ";
        }
        return message.toString();
    }
}
