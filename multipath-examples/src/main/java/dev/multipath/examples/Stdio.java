package dev.multipath.examples;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.channels.Channels;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.charset.StandardCharsets;

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
    public static Stdio ofProcess() {
        @SuppressWarnings("resource") // the process's own streams live as long as it does
        Stdio stdio = new Stdio(
                new FileInputStream(FileDescriptor.in).getChannel(),
                new FileOutputStream(FileDescriptor.out).getChannel(),
                System.err);
        return stdio;
    }

    /** Text on standard output; flushed line by line. */
    public PrintWriter outWriter() {
        return new PrintWriter(Channels.newWriter(out, StandardCharsets.UTF_8), true);
    }

    PrintWriter errWriter() {
        return new PrintWriter(err, true, StandardCharsets.UTF_8);
    }

    /** Prints one line on standard error, whatever line breaks {@code message} holds. */
    public void complain(String message) {
        err.println("multipath: " + message.strip().replaceAll("\\s*\\R\\s*", "; "));
        err.flush();
    }
}
