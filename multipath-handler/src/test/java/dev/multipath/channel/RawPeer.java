package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.Preface;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** A plain socket that says whatever a test wants to one listener of a server. Blocking; a read waits a minute at most. */
final class RawPeer implements AutoCloseable {

    static final byte[] PING = {0, 0};
    static final byte[] PONG = {0, 1};

    /** "I speak the extended profile." */
    static final byte[] EXTENDED = {0, 2};

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;

    RawPeer(SocketAddress address) throws IOException {
        this(null, address);
    }

    /** From an address of this machine's; {@code null} for any. */
    RawPeer(SocketAddress local, SocketAddress address) throws IOException {
        this(connected(local, address));
    }

    private RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout((int) Waiting.PATIENCE.toMillis());
        socket.setTcpNoDelay(true);
        out = socket.getOutputStream();
        in = new DataInputStream(socket.getInputStream());
    }

    private static Socket connected(SocketAddress local, SocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.bind(local);
        socket.connect(address);
        return socket;
    }

    /** A server of the base profile that lets the next client in, to a new session of that name or to the one that it asks for. */
    static RawPeer accept(ServerSocket listener, ConnectionId newSession) throws IOException {
        RawPeer peer = new RawPeer(listener.accept());
        ConnectionId asked = connectionId(peer.in.readNBytes(Preface.LENGTH));
        return peer.send(preface(asked.isZero() ? newSession : asked)).send(PING);
    }

    static byte[] preface(ConnectionId connectionId) {
        ByteBuf buffer = Unpooled.buffer(Preface.LENGTH);
        buffer.writeByte(Preface.VERSION);
        connectionId.write(buffer);
        return ByteBufUtil.getBytes(buffer);
    }

    /** A data frame of fewer than 64 bytes with a number below 64. */
    static byte[] data(int frameNumber, byte... payload) {
        byte[] frame = new byte[2 + payload.length];
        frame[0] = (byte) payload.length;
        frame[1] = (byte) frameNumber;
        System.arraycopy(payload, 0, frame, 2, payload.length);
        return frame;
    }

    static byte[] ack(int frameNumber) {
        return new byte[] {0, (byte) frameNumber};
    }

    RawPeer send(byte... bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    /** Sends a preface and returns the answer's connection ID. */
    ConnectionId greet(ConnectionId connectionId) throws IOException {
        send(preface(connectionId));
        return connectionId(in.readNBytes(Preface.LENGTH));
    }

    private static ConnectionId connectionId(byte[] preface) {
        return ConnectionId.read(Unpooled.wrappedBuffer(preface, 1, ConnectionId.LENGTH));
    }

    /** What a Go client does when it has the answer to its preface, so that the server knows the profile. */
    RawPeer speakBaseProfile() throws IOException {
        assertThat(read(2)).isEqualTo(EXTENDED);
        assertThat(read(2)).isEqualTo(PING);
        return send(PONG);
    }

    int read() throws IOException {
        return in.read();
    }

    byte[] read(int bytes) throws IOException {
        return in.readNBytes(bytes);
    }

    /** Reads what comes until the server closes the connection, in order or not. */
    void awaitClosed() throws IOException {
        try {
            while (in.read() >= 0) {
                // answers of no interest here
            }
        } catch (SocketException reset) {
            // Closed while something that we sent was unread: closed all the same.
            socket.close();
        }
    }

    /** Reads on to the next ping; control frames and acknowledgements only. */
    void awaitPing() throws IOException {
        byte[] frame;
        do {
            frame = in.readNBytes(2);
        } while (!Arrays.equals(frame, PING));
    }

    /** Reads on to the data frame of that number; numbers and payloads below 64 only. */
    void awaitData(int frameNumber) throws IOException {
        int payloadBytes;
        int number;
        do {
            payloadBytes = in.readUnsignedByte();
            number = in.readUnsignedByte();
            in.skipNBytes(payloadBytes);
        } while (payloadBytes == 0 || number != frameNumber);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Ends in order, whatever there is that was not read. */
    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends in order. */
    void end() throws IOException {
        socket.close();
    }

    /** Ends as a process does that is killed. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** A listener that says the same to everybody and then nothing more. */
    static final class Listener implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> accepted = Collections.synchronizedList(new ArrayList<>());
        private final byte[] greeting;
        private final boolean echoing;
        private final Thread thread = new Thread(this::accept, "raw-listener");

        private Listener(byte[] greeting, boolean echoing) throws IOException {
            this.greeting = greeting;
            this.echoing = echoing;
            thread.start();
        }

        static Listener answering(byte... greeting) throws IOException {
            return new Listener(greeting, false);
        }

        /** As the Go server does with any session's name; then it says the same to everybody. */
        static Listener echoingPreface(byte... greeting) throws IOException {
            return new Listener(greeting, true);
        }

        /** Accepts every session in the base profile and never acknowledges anything. */
        static Listener deaf() throws IOException {
            byte[] preface = preface(new ConnectionId(1, 2));
            byte[] greeting = Arrays.copyOf(preface, preface.length + PING.length);
            System.arraycopy(PING, 0, greeting, preface.length, PING.length);
            return new Listener(greeting, false);
        }

        InetSocketAddress address() {
            return (InetSocketAddress) listener.getLocalSocketAddress();
        }

        private void accept() {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    accepted.add(socket);
                    if (echoing) {
                        socket.getOutputStream().write(socket.getInputStream().readNBytes(Preface.LENGTH));
                    }
                    socket.getOutputStream().write(greeting);
                }
            } catch (SocketException closed) {
                // The test is over.
                accepted.forEach(RawPeer::closeQuietly);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
