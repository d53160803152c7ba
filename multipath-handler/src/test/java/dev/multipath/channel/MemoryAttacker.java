package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Preface;
import dev.multipath.codec.VarInt;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One connection of somebody who wants the memory of a server: a plain socket with a thread that reads what it is granted.
 * Keeps to the protocol, so that nothing but the total of many such connections speaks against it.
 */
final class MemoryAttacker implements AutoCloseable {

    private static final int HELLO = 2;
    private static final int ACK = 3;
    private static final int EXTENSION = 9;
    private static final int SKIPPED_BYTES = 4096;
    private static final int FRAME_BYTES = 8000;
    private static final int LATE_BYTES = 200_000;

    /** A HELLO of a client: version 0, resumption, much to be sent back, no time-out, 16 subflows, no key. */
    private static final byte[] CLIENT_HELLO = {13, HELLO, 0, 1, -64, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0};

    /** What is done to the server. */
    enum Kind {
        /** Sends all that it is granted, but for the first frame. */
        HOLE,
        /** The same behind 200 KB that are read. */
        LATE_HOLE,
        /** A frame but for its last byte. */
        HALF_FRAME,
        /** The same in the base profile, where nothing is granted. */
        BASE_HOLE,
        /** The same in small frames, each at the end of a large read of what is skipped. */
        PINNED_HOLE,
        /** Sends all it may, reads what comes back, and acknowledges nothing. */
        DEAF_ECHO,
        /** Joins a session that it knows the name of, proves nothing, and sends most of a large frame. */
        UNFINISHED_FRAME
    }

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;
    private final Thread reader = new Thread(this::read, "attacker");
    private final AtomicLong granted = new AtomicLong();
    private ConnectionId session;

    /** What is not granted by then will not be. */
    private long patienceNanos = 300_000_000;

    /** What was sent before the attack. */
    private int carriedBytes;

    MemoryAttacker(SocketAddress server) throws IOException {
        socket = new Socket();
        socket.setSoLinger(true, 0);
        socket.connect(server);
        out = socket.getOutputStream();
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        reader.setDaemon(true);
    }

    /** The session that was opened. */
    ConnectionId session() {
        return session;
    }

    /** Asks for a session and gets it. */
    MemoryAttacker open(boolean extended) throws IOException {
        out.write(RawPeer.preface(ConnectionId.ZERO));
        out.write(extended ? new byte[] {0, 2} : new byte[] {0, 1});
        byte[] answer = in.readNBytes(Preface.LENGTH);
        session = ConnectionId.read(Unpooled.wrappedBuffer(answer, 1, ConnectionId.LENGTH));
        if (extended) {
            while (granted.get() == 0) {
                readFrame();
            }
            out.write(CLIENT_HELLO);
        }
        reader.start();
        return this;
    }

    private void read() {
        try {
            while (true) {
                readFrame();
            }
        } catch (IOException e) {
            // The server has had enough, or the test is over.
            granted.set(-1);
        }
    }

    private void readFrame() throws IOException {
        long size = readVarInt();
        long number = readVarInt();
        if (size == 0) {
            return;
        }
        byte[] payload = in.readNBytes((int) size);
        if (number == ACK) {
            ByteBuf fields = Unpooled.wrappedBuffer(payload);
            VarInt.tryRead(fields);
            granted.accumulateAndGet(VarInt.tryRead(fields), Math::max);
        } else if (number == HELLO) {
            ByteBuf fields = Unpooled.wrappedBuffer(payload);
            VarInt.tryRead(fields);
            VarInt.tryRead(fields);
            granted.accumulateAndGet(VarInt.tryRead(fields), Math::max);
        }
    }

    private long readVarInt() throws IOException {
        int first = in.read();
        if (first < 0) {
            throw new EOFException();
        }
        long value = first & 0x3f;
        for (int more = (1 << (first >> 6)) - 1; more > 0; more--) {
            value = value << 8 | in.readUnsignedByte();
        }
        return value;
    }

    /**
     * Does its worst, within what it is granted.
     *
     * @param mostBytes how much of it
     * @param known the name of a session
     */
    void attack(Kind kind, int mostBytes, ConnectionId known) throws IOException {
        switch (kind) {
            case HOLE -> sendFrames(11, FRAME_BYTES, mostBytes, 0);
            case LATE_HOLE -> {
                patienceNanos = Waiting.PATIENCE.toNanos();
                int behind = LATE_BYTES / FRAME_BYTES;
                sendFrames(10, FRAME_BYTES, behind * FRAME_BYTES, 0);
                carriedBytes = behind * FRAME_BYTES;
                sendFrames(11 + behind, FRAME_BYTES, mostBytes, 0);
            }
            case HALF_FRAME -> {
                out.write(header(mostBytes, 10));
                out.write(new byte[mostBytes - 1]);
            }
            case BASE_HOLE -> {
                granted.set(Integer.MAX_VALUE);
                sendFrames(11, FRAME_BYTES, mostBytes, 0);
            }
            case PINNED_HOLE -> sendFrames(11, 1030, mostBytes, 15);
            case DEAF_ECHO -> sendFrames(10, FRAME_BYTES, mostBytes, 0);
            case UNFINISHED_FRAME -> {
                out.write(RawPeer.preface(known));
                out.write(new byte[] {0, 2});
                out.write(header(DataFrame.MAX_PAYLOAD_BYTES, 11));
                out.write(new byte[mostBytes]);
            }
        }
    }

    private void sendFrames(int firstNumber, int frameBytes, int mostBytes, int fillers) throws IOException {
        byte[] filler = filler(fillers);
        byte[] payload = new byte[frameBytes];
        int number = firstNumber;
        for (int sent = 0; sent + frameBytes <= mostBytes && number < firstNumber + 4000; sent += frameBytes) {
            if (!awaitGrant(carriedBytes + sent + frameBytes)) {
                return;
            }
            byte[] header = header(frameBytes, number++);
            ByteBuf message = Unpooled.wrappedBuffer(filler, header, payload);
            out.write(ByteBufUtil.getBytes(message));
        }
    }

    /** Frames of the largest size that a receiver has to skip. */
    private static byte[] filler(int frames) {
        ByteBuf filler = Unpooled.buffer();
        for (int i = 0; i < frames; i++) {
            VarInt.write(filler, SKIPPED_BYTES);
            VarInt.write(filler, EXTENSION);
            VarInt.write(filler, 0);
            filler.writeZero(SKIPPED_BYTES - 1);
        }
        return ByteBufUtil.getBytes(filler);
    }

    /** Waits for it a little. */
    private boolean awaitGrant(int bytes) {
        long untilNanos = System.nanoTime() + patienceNanos;
        while (granted.get() < bytes && System.nanoTime() < untilNanos) {
            Thread.onSpinWait();
        }
        return granted.get() >= bytes;
    }

    private static byte[] header(int payloadBytes, int frameNumber) {
        ByteBuf header = Unpooled.buffer();
        VarInt.write(header, payloadBytes);
        VarInt.write(header, frameNumber);
        return ByteBufUtil.getBytes(header);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
