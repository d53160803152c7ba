package dev.multipath.examples.stream;

import dev.multipath.session.MultipathException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Turns an exception into words for one line. */
public final class Reasons {
    private Reasons() {}

    /**
     * What went wrong, without class names where the message can stand alone.
     *
     * @param failure what was thrown
     */
    public static String of(Throwable failure) {
        if ((failure instanceof ExecutionException || failure instanceof CompletionException)
                && failure.getCause() != null) {
            return of(failure.getCause());
        }
        if (failure instanceof UnknownHostException) {
            return "unknown host " + failure.getMessage();
        }
        if (failure instanceof ClosedChannelException) {
            return "connection closed";
        }
        if (failure instanceof MultipathException && failure.getCause() != null) {
            String cause = of(failure.getCause());
            return message(failure).contains(cause) ? message(failure) : message(failure) + ": " + cause;
        }
        return message(failure);
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
