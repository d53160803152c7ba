package dev.multipath.testsuite.attack;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.function.Predicate;

/** One TCP connection of the attacker's, and the frames that come over it. Blocking; no read waits longer than it should. */
final class Connection implements Closeable {

    /** Generous: machines are busy. */
    private static final int READ_LIMIT_MILLIS = 30_000;

    private final Socket socket;
    private final DataInputStream in;

    private Connection(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(READ_LIMIT_MILLIS);
        in = new DataInputStream(new BufferedBytes(socket.getInputStream()));
    }

    /** From an address of the loopback interface; a small receive buffer if little is to be taken. */
    static Connection connect(String from, InetSocketAddress to, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.bind(new InetSocketAddress(from, 0));
            socket.connect(to, READ_LIMIT_MILLIS);
            return new Connection(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    static Connection accepted(Socket socket) throws IOException {
        return new Connection(socket);
    }

    void send(byte[]... parts) throws IOException {
        socket.getOutputStream().write(Wire.cat(parts));
    }

    /** As {@link #send}, for those who do not care whether the victim still listens. */
    void trySend(byte[]... parts) {
        try {
            send(parts);
        } catch (IOException e) {
            // It has defended itself.
        }
    }

    /** The peer's preface; the connection id of it. */
    byte[] readPreface() throws IOException {
        if (in.read() != 0) {
            throw new EOFException("no preface");
        }
        byte[] connectionId = new byte[16];
        in.readFully(connectionId);
        return connectionId;
    }

    /** The next frame. */
    Frame read() throws IOException {
        int size = (int) readVarint();
        long number = readVarint();
        byte[] payload = new byte[size];
        in.readFully(payload);
        return new Frame(number, payload);
    }

    private long readVarint() throws IOException {
        int first = in.readUnsignedByte();
        long value = first & 0x3f;
        for (int i = 1; i < 1 << (first >> 6); i++) {
            value = value << 8 | in.readUnsignedByte();
        }
        return value;
    }

    /** The next frame of a kind; others before it are passed over, pings answered, so that this counts as alive. */
    Frame await(Predicate<Frame> kind) throws IOException {
        Frame frame = read();
        while (!kind.test(frame)) {
            if (frame.isControl(0)) {
                trySend(Wire.PONG);
            }
            frame = read();
        }
        return frame;
    }

    Frame await(int extendedType) throws IOException {
        return await(frame -> frame.isExtended(extendedType));
    }

    /** That many bytes of data frames, in the order in which they come. */
    byte[] awaitData(int bytes) throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        while (data.size() < bytes) {
            data.writeBytes(await(Frame::isData).payload());
        }
        return data.toByteArray();
    }

    /** Waits until the victim has ended this connection, in order or not, whatever it says before. */
    void awaitEnd() {
        try {
            byte[] nothing = new byte[1 << 16];
            while (in.read(nothing) >= 0) {
                // What it still has to say.
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the victim has not closed the connection");
        } catch (IOException ended) {
            // A reset is an end.
        }
    }

    /** Reads until the connection ends, or for so long. */
    boolean endsWithin(int millis) throws IOException {
        long end = System.nanoTime() + millis * 1_000_000L;
        try {
            byte[] nothing = new byte[1 << 16];
            do {
                socket.setSoTimeout((int) Math.max(1, (end - System.nanoTime()) / 1_000_000L));
            } while (in.read(nothing) >= 0 && System.nanoTime() < end);
            return System.nanoTime() < end;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException ended) {
            return true;
        } finally {
            if (!socket.isClosed()) {
                socket.setSoTimeout(READ_LIMIT_MILLIS);
            }
        }
    }

    int localPort() {
        return socket.getLocalPort();
    }

    /** Sends no more, and waits for the end. */
    void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends with a reset. */
    void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It is gone.
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone.
        }
    }

    /** Reads ahead, but not what a time-out would lose. */
    private static final class BufferedBytes extends InputStream {

        private final InputStream source;
        private byte[] buffer = {};
        private int at;

        BufferedBytes(InputStream source) {
            this.source = source;
        }

        @Override
        public int read() throws IOException {
            return fill() ? buffer[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (!fill()) {
                return -1;
            }
            int count = Math.min(length, buffer.length - at);
            System.arraycopy(buffer, at, bytes, offset, count);
            at += count;
            return count;
        }

        private boolean fill() throws IOException {
            if (at < buffer.length) {
                return true;
            }
            byte[] next = new byte[8192];
            int count = source.read(next);
            if (count < 0) {
                return false;
            }
            buffer = Arrays.copyOf(next, count);
            at = 0;
            return true;
        }
    }
}
