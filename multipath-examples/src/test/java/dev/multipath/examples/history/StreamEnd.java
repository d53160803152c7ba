package dev.multipath.examples.history;

import dev.multipath.examples.history.History.Event;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;

/**
 * One end of one stream: writes what nobody can foresee, reads what comes, each at its own pace, and says all of it.
 *
 * <p>A stream begins with its number, so that the server knows which one it is; and with how many bytes the client writes, if a
 * direction cannot be ended by itself. Then it is the server that ends both, when it has read and written everything.
 */
final class StreamEnd {

    /** How a stream ends. */
    enum Ends {
        /** Each direction by itself. */
        APART,
        /** Both at once: who ends one cuts the other. */
        TOGETHER
    }

    /** Its number, and a length. */
    static final int NAME_BYTES = 2 * Long.BYTES;

    private static final byte[] NOTHING = {};
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
    private final Ends ends;
    private final SplittableRandom random;
    private final long totalBytes;

    /** Held while something is written, until it is known whether that has failed. */
    private final Object writing = new Object();

    private boolean failed;

    /** Of the other direction, if it cannot be ended: so much is to be read. */
    private final long announcedBytes;

    private final CountDownLatch readingOver = new CountDownLatch(1);
    private volatile boolean allRead;
    private boolean heard;

    private StreamEnd(
            Socket socket,
            History history,
            long stream,
            char written,
            Ends ends,
            long announcedBytes,
            SplittableRandom random) {
        this.socket = socket;
        this.history = history;
        this.stream = stream;
        this.written = written;
        this.read = written == History.UP ? History.DOWN : History.UP;
        this.ends = ends;
        this.announcedBytes = announcedBytes;
        this.random = random;
        this.totalBytes = NAME_BYTES + random.nextInt(MAX_STREAM_BYTES);
    }

    /** The client's end, to the ends of both directions. Says whether the server was heard of. */
    static boolean runClient(Socket socket, History history, long stream, Ends ends, SplittableRandom random)
            throws InterruptedException {
        StreamEnd end = new StreamEnd(socket, history, stream, History.UP, ends, Long.MAX_VALUE, random);
        end.run(ByteBuffer.allocate(NAME_BYTES)
                .putLong(stream)
                .putLong(end.totalBytes)
                .array());
        return end.heard;
    }

    /** The server's end, whose name has come and is in its history. */
    static void runServer(Socket socket, History history, ByteBuffer name, Ends ends, SplittableRandom random)
            throws InterruptedException {
        long announcedBytes = ends == Ends.TOGETHER ? name.getLong(Long.BYTES) : Long.MAX_VALUE;
        new StreamEnd(socket, history, stream(name), History.DOWN, ends, announcedBytes, random).run(NOTHING);
    }

    private void run(byte[] name) throws InterruptedException {
        SplittableRandom draws = random.split();
        Thread writer = new Thread(() -> write(name, draws), "writer of " + stream);
        writer.start();
        read(written == History.DOWN ? NAME_BYTES : 0, random.split());
        writer.join();
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void write(byte[] name, SplittableRandom draws) {
        long abortAt = draws.nextInt(ABORTS) == 0 ? draws.nextLong(totalBytes + 1) : Long.MAX_VALUE;
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
                chunk = new byte[(int) Math.min(1 + draws.nextInt(MAX_CHUNK_BYTES), totalBytes - position)];
                draws.nextBytes(chunk);
            } while (position < totalBytes);
            if (mayEnd()) {
                history.add(Event.FIN, stream, written, position);
                socket.shutdownOutput();
            }
        } catch (IOException e) {
            history.add(Event.FAILED, stream, written, position);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether this direction's end cuts nothing off. */
    private boolean mayEnd() throws InterruptedException {
        if (ends == Ends.APART) {
            return true;
        }
        if (written == History.UP) {
            return false;
        }
        readingOver.await();
        return allRead;
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
            while (position < announcedBytes) {
                int count = in.read(buffer, 0, (int) Math.min(buffer.length, announcedBytes - position));
                heard = true;
                if (count < 0) {
                    history.add(hasFailed() ? Event.BROKEN : Event.END, stream, read, position);
                    return;
                }
                history.add(Event.READ, stream, read, position, buffer, count);
                position += count;
                pause(draws);
            }
            allRead = true;
        } catch (SocketException e) {
            history.add(Event.BROKEN, stream, read, position);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            readingOver.countDown();
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

    static long stream(ByteBuffer name) {
        return name.getLong(0);
    }

    /** A stream's name; {@code null} if the stream ends before. */
    static ByteBuffer readName(InputStream in) throws IOException {
        byte[] name = new byte[NAME_BYTES];
        return in.readNBytes(name, 0, NAME_BYTES) == NAME_BYTES ? ByteBuffer.wrap(name) : null;
    }
}
