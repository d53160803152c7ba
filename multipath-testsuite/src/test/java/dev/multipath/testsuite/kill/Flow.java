package dev.multipath.testsuite.kill;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/** One direction of a relayed connection. On the relays' loop. */
final class Flow {

    /** An application that waits behind a full relay is pushed back soon. */
    private static final int BUFFER_BYTES = 16 << 10;

    /** Between two bytes that dribble. */
    private static final long DRIBBLE_MILLIS = 1;

    /** Kills of this direction, by their bytes. */
    private final Deque<Kill> kills = new ArrayDeque<>();

    private final RelayedConnection connection;
    private final SocketChannel from;
    private final SocketChannel to;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

    private long passedBytes;
    private int holds;
    private long dribbleUntilNanos;
    private boolean dribbling;
    private boolean swallowing;
    private boolean blocked;
    private boolean ended;
    private boolean endPassed;

    Flow(RelayedConnection connection, SocketChannel from, SocketChannel to) {
        this.connection = connection;
        this.from = from;
        this.to = to;
    }

    void add(Kill kill) {
        kills.add(kill);
    }

    long passedBytes() {
        return passedBytes;
    }

    boolean isEndPassed() {
        return endPassed;
    }

    boolean hasEnded() {
        return ended;
    }

    boolean wantsRead() {
        return !ended && (swallowing || holds == 0 && !dribbling && !buffer.hasRemaining());
    }

    boolean wantsWrite() {
        return blocked && holds == 0 && !swallowing && !dribbling;
    }

    void hold() {
        holds++;
    }

    void release() {
        holds--;
    }

    void dribbleUntil(long nanos) {
        dribbleUntilNanos = nanos;
    }

    /** Nothing passes any more, and nobody is pushed back either. */
    void swallow() {
        swallowing = true;
        buffer.limit(0);
    }

    /** What comes has its end here, although it has none. */
    void end() throws IOException {
        swallow();
        if (!endPassed) {
            endPassed = true;
            to.shutdownOutput();
        }
    }

    private long killBytes() {
        return ((Kill.AtByte) kills.peek().trigger()).bytes();
    }

    /** Moves what can be moved. Throws if an end is gone. */
    void pump() throws IOException {
        fireKills();
        while (connection.isOpen() && !dribbling) {
            if (swallowing) {
                discard();
                return;
            }
            if (holds > 0) {
                return;
            }
            if (!buffer.hasRemaining() && !read()) {
                return;
            }
            if (!write()) {
                return;
            }
        }
    }

    private void discard() throws IOException {
        ByteBuffer waste = ByteBuffer.allocate(BUFFER_BYTES);
        int read;
        do {
            read = from.read(waste.clear());
        } while (read > 0);
        ended |= read < 0;
    }

    private boolean read() throws IOException {
        if (ended) {
            return false;
        }
        int read = from.read(buffer.clear());
        buffer.flip();
        if (read < 0) {
            ended = true;
            endPassed = true;
            to.shutdownOutput();
        }
        return read > 0;
    }

    private boolean write() throws IOException {
        int whole = buffer.limit();
        int most = buffer.remaining();
        if (!kills.isEmpty()) {
            most = (int) Math.min(most, killBytes() - passedBytes);
        }
        boolean dribble = dribbleUntilNanos != 0 && System.nanoTime() - dribbleUntilNanos < 0;
        if (dribble) {
            most = 1;
        }
        buffer.limit(buffer.position() + most);
        int written = to.write(buffer);
        buffer.limit(whole);
        passedBytes += written;
        blocked = written < most;
        fireKills();
        if (dribble && !blocked) {
            dribbling = true;
            connection.schedule(DRIBBLE_MILLIS, () -> dribbling = false);
        }
        return !blocked;
    }

    private void fireKills() {
        while (!kills.isEmpty() && connection.isOpen() && passedBytes >= killBytes()) {
            connection.onDue(kills.poll());
        }
    }
}
