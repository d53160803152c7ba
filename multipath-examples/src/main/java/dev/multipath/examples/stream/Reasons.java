package dev.multipath.examples.stream;

import dev.multipath.path.AllPathsFailedException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/** Turns an exception into words for one line. */
public final class Reasons {
    private Reasons() {}

    /**
     * What went wrong, without class names where the message can stand alone.
     *
     * @param failure what was thrown
     */
    public static String of(Throwable failure) {
        if (failure instanceof ExecutionException && failure.getCause() != null) {
            return of(failure.getCause());
        }
        if (failure instanceof AllPathsFailedException) {
            String perPath =
                    Arrays.stream(failure.getSuppressed()).map(Reasons::of).collect(Collectors.joining("; "));
            return perPath.isEmpty() ? message(failure) : message(failure) + ": " + perPath;
        }
        if (failure instanceof UnknownHostException) {
            return "unknown host " + failure.getMessage();
        }
        if (failure instanceof ClosedChannelException) {
            return "connection closed";
        }
        return message(failure);
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
