package dev.multipath.examples.stream;

import dev.multipath.codec.PeerText;
import java.lang.reflect.InvocationTargetException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Turns an exception into words for one line. */
public final class Reasons {
    /** Deeper than any chain that says something new. */
    private static final int MAX_CAUSES = 8;

    private Reasons() {}

    /**
     * What went wrong, without class names where the message can stand alone, and without characters that do more than stand
     * in a line: some of it may be the peer's words.
     *
     * @param failure what was thrown
     */
    public static String of(Throwable failure) {
        return PeerText.escape(describe(failure, 0).strip().replaceAll("\\s*\\R\\s*", "; "));
    }

    private static String describe(Throwable failure, int depth) {
        Throwable cause = failure.getCause();
        boolean isWrapper = failure instanceof ExecutionException
                || failure instanceof CompletionException
                || failure instanceof InvocationTargetException;
        boolean saysNothing = cause != null && cause.toString().equals(failure.getMessage());
        if (cause != null && (isWrapper || saysNothing)) {
            return describe(cause, depth);
        }
        String own = message(failure);
        if (cause == null || depth >= MAX_CAUSES) {
            return own;
        }
        String why = describe(cause, depth + 1);
        return own.contains(why) ? own : own + ": " + why;
    }

    private static String message(Throwable failure) {
        if (failure instanceof UnknownHostException) {
            return "unknown host " + failure.getMessage();
        }
        String message = failure.getMessage();
        if (message != null && !message.isBlank()) {
            return failure instanceof OutOfMemoryError ? "out of memory: " + message : message;
        }
        return failure instanceof ClosedChannelException
                ? "connection closed"
                : failure.getClass().getSimpleName();
    }
}
