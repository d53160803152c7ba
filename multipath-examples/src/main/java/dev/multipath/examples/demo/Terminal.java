package dev.multipath.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether bars can be drawn. */
public final class Terminal {
    private static final int STANDARD_STREAMS = 3;

    private Terminal() {}

    /**
     * Whether all three standard streams are a terminal. Bars go to standard error alone, but the library moves the
     * cursor only when it can make out the terminal by the other two; else it would draw all bars on one line.
     */
    static boolean canDrawBars() {
        if ("dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        try {
            for (int stream = 0; stream < STANDARD_STREAMS; stream++) {
                if (!isTerminal(stream)) {
                    return false;
                }
            }
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            // No such files on this system: Java knows of input and output together, and nothing of errors.
            return System.console() != null;
        }
    }

    /** Whether standard error is a terminal: for one line that changes, no more is needed. */
    public static boolean isError() {
        try {
            return !"dumb".equals(System.getenv("TERM")) && isTerminal(STANDARD_STREAMS - 1);
        } catch (IOException | UnsupportedOperationException e) {
            return System.console() != null;
        }
    }

    private static boolean isTerminal(int stream) throws IOException {
        String target =
                Files.readSymbolicLink(Path.of("/proc/self/fd/" + stream)).toString();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    }
}
