package dev.multipath.examples.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;

/**
 * One TCP connection through the tap: two sockets, and a thread for each direction that passes the bytes on and shows
 * them to the ledgers on the way. Blocking sockets give back-pressure for nothing, and keep the tap free of the code
 * under test.
 */
final class Wire {

    /** One read of a pump; more than the frames of most tests, and a usual socket buffer. */
    private static final int CHUNK_BYTES = 256 << 10;
    /** A thousand headers a read at first; grows when a chunk holds more frames. */
    private static final int INITIAL_FRAMES_PER_CHUNK = 1024;

    private final WireTap tap;
    private final int number;
    private final int path;
    private final Socket toClient;
    private final Socket toServer;
    private final Pump upward;
    private final Pump downward;

    Wire(final WireTap tap, final int number, final int path, final Socket toClient, final Socket toServer) {
        this.tap = tap;
        this.number = number;
        this.path = path;
        this.toClient = toClient;
        this.toServer = toServer;
        this.upward = new Pump(End.CLIENT, toClient, toServer);
        this.downward = new Pump(End.SERVER, toServer, toClient);
    }

    int path() {
        return path;
    }

    void start() {
        tap.run("tap-" + number + "-up", upward);
        tap.run("tap-" + number + "-down", downward);
    }

    /** Ends the connection by a reset towards both ends. */
    synchronized void reset() {
        for (final Socket socket : new Socket[] {toClient, toServer}) {
            if (socket.isClosed()) {
                continue;
            }
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (final IOException e) {
                tap.report(e);
            }
        }
    }

    /** When the write began that {@code receiver} does not take, or {@link Long#MAX_VALUE} when none is under way. */
    long writeBeganNanos(final End receiver) {
        return (receiver == End.SERVER ? upward : downward).writeBeganNanos;
    }

    /** Looks at what its ends have not read, in a time without news. */
    void noteUnread(final ReceiveQueues queues, final long nowNanos) {
        upward.unread.note(queues.unreadBytes(toServer.getPort(), toServer.getLocalPort()), nowNanos);
        downward.unread.note(queues.unreadBytes(toClient.getPort(), toClient.getLocalPort()), nowNanos);
    }

    /** There is news. */
    void forgetUnread() {
        upward.unread.forget();
        downward.unread.forget();
    }

    /** Since when nothing has been read of what is there, or {@link Long#MAX_VALUE} if nothing is there, or some was read. */
    long unreadSinceNanos(final End receiver) {
        return (receiver == End.SERVER ? upward : downward).unread.sinceNanos;
    }

    /** Bytes in a socket that do not become fewer. For the thread that looks. */
    private static final class Unread {
        private long bytes;
        private long sinceNanos = Long.MAX_VALUE;

        void note(final long nowBytes, final long nowNanos) {
            if (nowBytes == 0) {
                sinceNanos = Long.MAX_VALUE;
            } else if (sinceNanos == Long.MAX_VALUE || nowBytes < bytes) {
                sinceNanos = nowNanos;
            }
            bytes = nowBytes;
        }

        void forget() {
            sinceNanos = Long.MAX_VALUE;
        }
    }

    private final class Pump implements Runnable, FrameScanner.Listener {
        private final End sender;
        private final Socket from;
        private final Socket to;
        private final FrameScanner scanner = new FrameScanner();
        private long[] ended = new long[INITIAL_FRAMES_PER_CHUNK];
        private int endedCount;
        private int[] boundaries = new int[INITIAL_FRAMES_PER_CHUNK];
        private int boundaryCount;
        private long nowNanos;
        private volatile long writeBeganNanos = Long.MAX_VALUE;
        private final Unread unread = new Unread();

        Pump(final End sender, final Socket from, final Socket to) {
            this.sender = sender;
            this.from = from;
            this.to = to;
        }

        @Override
        public void run() {
            try {
                final InputStream in = from.getInputStream();
                final OutputStream out = to.getOutputStream();
                final byte[] chunk = new byte[CHUNK_BYTES];
                from.setSoTimeout(WireTap.PAUSE_MILLIS);
                for (int length; (length = read(in, chunk)) >= 0; ) {
                    if (length == 0) {
                        tap.paused(path, sender);
                    } else {
                        relay(chunk, length, out);
                    }
                }
                tap.ended(number);
                to.shutdownOutput();
            } catch (final IOException e) {
                // An end has gone, or the path was killed: the other end must see it too.
                tap.ended(number);
                reset();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                reset();
            }
        }

        /** Bytes read, 0 in a pause, -1 at the end. */
        private int read(final InputStream in, final byte[] chunk) throws IOException {
            try {
                return in.read(chunk);
            } catch (final SocketTimeoutException e) {
                return 0;
            }
        }

        private void relay(final byte[] chunk, final int length, final OutputStream out)
                throws IOException, InterruptedException {
            final boolean passes = tap.awaitPassage(path);
            endedCount = 0;
            boundaryCount = 0;
            tap.record(() -> {
                nowNanos = System.nanoTime();
                scanner.scan(chunk, length, this);
            });
            if (!passes) {
                return;
            }
            writeBeganNanos = System.nanoTime();
            pass(chunk, length, out);
            writeBeganNanos = Long.MAX_VALUE;
            tap.record(() -> {
                nowNanos = System.nanoTime();
                for (int i = 0; i < endedCount; i++) {
                    tap.ledgerOf(sender).delivered(ended[i], number, nowNanos);
                }
            });
            tap.afterDelivery(sender);
        }

        private void pass(final byte[] chunk, final int length, final OutputStream out) throws IOException {
            final byte[] injection = tap.injection(sender);
            int from = 0;
            if (injection.length > 0) {
                for (int i = 0; i < boundaryCount; i++) {
                    out.write(chunk, from, boundaries[i] - from);
                    out.write(injection);
                    from = boundaries[i];
                }
                tap.countInjections(boundaryCount);
            }
            out.write(chunk, from, length - from);
        }

        @Override
        public void dataHeader(final long frameNumber, final long payloadBytes) {
            tap.heard(sender, number);
            tap.ledgerOf(sender).sent(frameNumber, payloadBytes, number, nowNanos);
        }

        @Override
        public void dataEnd(final long frameNumber) {
            if (endedCount == ended.length) {
                ended = Arrays.copyOf(ended, 2 * endedCount);
            }
            ended[endedCount++] = frameNumber;
        }

        @Override
        public void ack(final long frameNumber) {
            tap.heard(sender, number);
            if (frameNumber >= FrameLedger.FIRST_FRAME_NUMBER) {
                tap.ledgerOf(sender.other()).acked(frameNumber, number, nowNanos);
            }
        }

        @Override
        public void boundary(final int offset) {
            if (boundaryCount == boundaries.length) {
                boundaries = Arrays.copyOf(boundaries, 2 * boundaryCount);
            }
            boundaries[boundaryCount++] = offset;
        }
    }
}
