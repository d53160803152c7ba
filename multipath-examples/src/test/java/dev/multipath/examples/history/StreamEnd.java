package dev.multipath.examples.history;

import dev.multipath.examples.history.History.Event;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.SplittableRandom;

/** One end of one stream: writes what nobody can foresee, reads what comes, each at its own pace, and says all of it. */
final class StreamEnd {

    /** A stream begins with its number, so that the server knows which one it is. */
    static final int NAME_BYTES = Long.BYTES;

    private static final int MAX_CHUNK_BYTES = 40_000;
    private static final int MAX_STREAM_BYTES = 400_000;
    private static final int MAX_PAUSE_MILLIS = 60;

    /** One of so many ends cuts its stream. */
    private static final int ABORTS = 8;

    private final Socket socket;
    private final History history;
    private final long stream;
    private final char written;
    private final char read;
    private final SplittableRandom random;

    /** Held while something is written, until it is known whether that has failed. */
    private final Object writing = new Object();

    private boolean failed;

    /**
     * Begins nothing.
     *
     * @param written the direction that is this end's to write
     */
    StreamEnd(Socket socket, History history, long stream, char written, SplittableRandom random) {
        this.socket = socket;
        this.history = history;
        this.stream = stream;
        this.written = written;
        this.read = written == History.UP ? History.DOWN : History.UP;
        this.random = random;
    }

    /**
     * Both directions, to their ends.
     *
     * @param name what is written first
     * @param alreadyRead how many bytes the other direction had already
     */
    void run(byte[] name, long alreadyRead) throws InterruptedException {
        SplittableRandom draws = random.split();
        Thread writer = new Thread(() -> write(name, draws), "writer of " + stream);
        writer.start();
        read(alreadyRead, random.split());
        writer.join();
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void write(byte[] name, SplittableRandom draws) {
        long total = draws.nextInt(MAX_STREAM_BYTES);
        long abortAt = draws.nextInt(ABORTS) == 0 ? draws.nextLong(total + 1) : Long.MAX_VALUE;
        long position = 0;
        try {
            OutputStream out = socket.getOutputStream();
            byte[] chunk = name;
            do {
                if (position >= abortAt) {
                    history.add(Event.ABORT, stream, written, position);
                    socket.setSoLinger(true, 0);
                    socket.close();
                    return;
                }
                history.add(Event.WRITE, stream, written, position, chunk, chunk.length);
                if (!write(out, chunk)) {
                    history.add(Event.FAILED, stream, written, position);
                    return;
                }
                position += chunk.length;
                pause(draws);
                chunk = new byte[1 + draws.nextInt(MAX_CHUNK_BYTES)];
                draws.nextBytes(chunk);
            } while (position < total);
            history.add(Event.FIN, stream, written, position);
            socket.shutdownOutput();
        } catch (IOException e) {
            history.add(Event.FAILED, stream, written, position);
        }
    }

    private boolean write(OutputStream out, byte[] chunk) {
        synchronized (writing) {
            try {
                out.write(chunk);
            } catch (IOException e) {
                failed = true;
            }
            return !failed;
        }
    }

    /** A kernel tells of a reset once: if it has told who writes, who reads gets an end instead. */
    private boolean hasFailed() {
        synchronized (writing) {
            return failed;
        }
    }

    private void read(long alreadyRead, SplittableRandom draws) {
        long position = alreadyRead;
        byte[] buffer = new byte[MAX_CHUNK_BYTES];
        try {
            InputStream in = socket.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                history.add(Event.READ, stream, read, position, buffer, count);
                position += count;
                pause(draws);
            }
            history.add(hasFailed() ? Event.BROKEN : Event.END, stream, read, position);
        } catch (SocketException e) {
            history.add(Event.BROKEN, stream, read, position);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void pause(SplittableRandom draws) {
        if (draws.nextInt(3) == 0) {
            try {
                Thread.sleep(draws.nextInt(MAX_PAUSE_MILLIS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static byte[] name(long stream) {
        byte[] name = new byte[NAME_BYTES];
        for (int i = 0; i < NAME_BYTES; i++) {
            name[i] = (byte) (stream >>> 8 * i);
        }
        return name;
    }

    static long stream(byte[] name) {
        long stream = 0;
        for (int i = NAME_BYTES - 1; i >= 0; i--) {
            stream = stream << 8 | Byte.toUnsignedLong(name[i]);
        }
        return stream;
    }

    /** What there is of a stream's name; fewer bytes if the stream ends before. */
    static byte[] readName(InputStream in) throws IOException {
        byte[] name = new byte[NAME_BYTES];
        int length = in.readNBytes(name, 0, NAME_BYTES);
        return Arrays.copyOf(name, length);
    }
}
