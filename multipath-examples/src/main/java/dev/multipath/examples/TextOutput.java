package dev.multipath.examples;

import dev.multipath.examples.stream.Reasons;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/** Text on standard output, flushed line by line. Whoever prints need not look; what went wrong first is told at the end. */
final class TextOutput {
    private final Remembering written;
    private final PrintWriter writer;

    TextOutput(WritableByteChannel out) {
        written = new Remembering(Channels.newWriter(out, StandardCharsets.UTF_8));
        writer = new PrintWriter(written, true);
    }

    PrintWriter writer() {
        return writer;
    }

    /** Whether all that was printed has gone out. */
    boolean isWhole() {
        return !writer.checkError();
    }

    /** Why not, or null if nobody has to be told: who has closed the pipe knows. */
    String reason() {
        IOException failure = written.failure;
        return failure == null || "Broken pipe".equals(failure.getMessage()) ? null : Reasons.of(failure);
    }

    /** A {@link PrintWriter} keeps only that something went wrong. */
    private static final class Remembering extends FilterWriter {
        private volatile IOException failure;

        Remembering(Writer out) {
            super(out);
        }

        @Override
        public void write(char[] buffer, int offset, int length) throws IOException {
            try {
                super.write(buffer, offset, length);
            } catch (IOException e) {
                throw remember(e);
            }
        }

        @Override
        public void write(String text, int offset, int length) throws IOException {
            try {
                super.write(text, offset, length);
            } catch (IOException e) {
                throw remember(e);
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                super.flush();
            } catch (IOException e) {
                throw remember(e);
            }
        }

        private IOException remember(IOException e) {
            if (failure == null) {
                failure = e;
            }
            return e;
        }
    }
}
