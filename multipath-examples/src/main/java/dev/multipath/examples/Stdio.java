package dev.multipath.examples;

import dev.multipath.codec.PeerText;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ScatteringByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The standard streams of one command. Input and output are channels, so that bytes move between them and direct buffers
 * without an array in between.
 *
 * @param in standard input, blocking
 * @param out standard output, blocking
 * @param err standard error, for messages
 */
public record Stdio(ScatteringByteChannel in, GatheringByteChannel out, PrintStream err) {
    /** The streams of this process. */
    @SuppressWarnings("resource") // the process's own streams live as long as it does
    public static Stdio ofProcess() {
        return new Stdio(
                isInputClosed() ? closed() : new FileInputStream(FileDescriptor.in).getChannel(),
                new FileOutputStream(FileDescriptor.out).getChannel(),
                System.err);
    }

    /**
     * Without a standard input, its number goes to the first file that the JVM opens, which is one of its own and nothing for
     * a peer to read. Linux tells.
     */
    private static boolean isInputClosed() {
        try {
            Path javaHome = Path.of(System.getProperty("java.home")).toRealPath();
            return Path.of("/proc/self/fd/0").toRealPath().startsWith(javaHome);
        } catch (IOException e) {
            // Another system; or a pipe, which has no path.
            return false;
        }
    }

    /** Reads as one that is at its end. */
    private static ScatteringByteChannel closed() {
        try {
            Pipe pipe = Pipe.open();
            pipe.sink().close();
            pipe.source().close();
            return pipe.source();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How much there is to read, if standard input is a file; else -1. */
    long inputBytes() {
        if (!(in instanceof FileChannel file)) {
            return -1;
        }
        try {
            long bytes = file.size() - file.position();
            return bytes > 0 ? bytes : -1;
        } catch (IOException e) {
            // A pipe or a terminal.
            return -1;
        }
    }

    /** Whether this is what the process itself prints to. */
    boolean isProcess() {
        return err == System.err;
    }

    PrintWriter errWriter() {
        return new PrintWriter(err, true, StandardCharsets.UTF_8);
    }

    /** Prints one line on standard error, whatever line breaks and other control characters {@code message} holds. */
    public void complain(String message) {
        err.println("multipath: " + PeerText.escape(message.strip().replaceAll("\\s*\\R\\s*", "; ")));
        err.flush();
    }
}
