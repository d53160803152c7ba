package dev.multipath.examples.history;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;

/**
 * What one process has done and seen, a line each: {@code nanoseconds event stream direction position bytes}. The clock is the
 * machine's, which all its processes share. What a process does is written before it does it; what it sees, behind.
 */
final class History implements AutoCloseable {

    enum Event {
        /** The stream begins at this end. */
        OPEN,
        /** These bytes are about to be written, at this position. */
        WRITE,
        /** The writer is about to end the direction, at this position. */
        FIN,
        /** The process is about to cut the stream, both directions. */
        ABORT,
        /** Writing has failed. */
        FAILED,
        /** These bytes were read, at this position. */
        READ,
        /** The end of the direction was read, at this position. */
        END,
        /** Reading has failed, at this position. */
        BROKEN,
        /** Of no stream: a process on the way is about to be killed. */
        KILL,
        /** Of no stream: another has taken its place. */
        BACK
    }

    /** One line. */
    record Entry(long nanos, Event event, long stream, char direction, long position, byte[] bytes) {

        static Entry parse(String line) {
            String[] words = line.split(" ", -1);
            if (words.length != 6) {
                throw new IllegalArgumentException("no entry of a history: " + line);
            }
            return new Entry(
                    Long.parseLong(words[0]),
                    Event.valueOf(words[1]),
                    Long.parseLong(words[2]),
                    words[3].charAt(0),
                    Long.parseLong(words[4]),
                    Base64.getDecoder().decode(words[5]));
        }

        @Override
        public String toString() {
            return nanos + " " + event + " " + stream + " " + direction + " " + position + " "
                    + Base64.getEncoder().encodeToString(bytes);
        }
    }

    /** From the client to the server. */
    static final char UP = 'u';

    static final char DOWN = 'd';

    private static final byte[] NOTHING = {};

    private final PrintWriter out;

    History(Path file) throws IOException {
        out = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.US_ASCII));
    }

    void add(Event event, long stream, char direction, long position) {
        add(event, stream, direction, position, NOTHING, 0);
    }

    synchronized void add(Event event, long stream, char direction, long position, byte[] bytes, int length) {
        out.println(new Entry(System.nanoTime(), event, stream, direction, position, Arrays.copyOf(bytes, length)));
    }

    @Override
    public synchronized void close() {
        out.close();
        if (out.checkError()) {
            throw new IllegalStateException("the history could not be written");
        }
    }
}
