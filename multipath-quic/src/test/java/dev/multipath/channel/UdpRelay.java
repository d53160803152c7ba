package dev.multipath.channel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network between one client and a server that can hold back whatever a client cannot send before it has heard of the server:
 * packets of QUIC's handshake, and what comes behind. So what arrives meanwhile has come in the first flight.
 */
final class UdpRelay implements AutoCloseable {

    private static final int MAX_DATAGRAM_BYTES = 2048;

    /** RFC 9000 section 17, in the order of the long header's types. */
    private enum Type {
        INITIAL,
        EARLY,
        HANDSHAKE,
        RETRY,
        SHORT
    }

    private final DatagramSocket front = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final DatagramSocket back = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final InetSocketAddress server;
    private final List<byte[]> held = new ArrayList<>();
    private final List<byte[]> flight = new ArrayList<>();
    private final AtomicInteger answers = new AtomicInteger();
    private volatile InetSocketAddress client;
    private boolean holding;

    UdpRelay(InetSocketAddress server) throws SocketException {
        this.server = server;
        start(front, this::fromClient);
        start(back, this::fromServer);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) front.getLocalSocketAddress();
    }

    @FunctionalInterface
    private interface Way {
        void take(byte[] datagram, InetSocketAddress from) throws IOException;
    }

    private static void start(DatagramSocket socket, Way way) {
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM_BYTES], MAX_DATAGRAM_BYTES);
                    socket.receive(packet);
                    byte[] datagram = new byte[packet.getLength()];
                    System.arraycopy(packet.getData(), 0, datagram, 0, datagram.length);
                    way.take(datagram, (InetSocketAddress) packet.getSocketAddress());
                }
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private synchronized void fromClient(byte[] datagram, InetSocketAddress from) throws IOException {
        client = from;
        Set<Type> types = types(datagram);
        if (holding && (types.contains(Type.HANDSHAKE) || types.contains(Type.SHORT))) {
            held.add(datagram);
            return;
        }
        if (holding) {
            flight.add(datagram);
        }
        send(back, datagram, server);
    }

    private void fromServer(byte[] datagram, InetSocketAddress from) throws IOException {
        answers.incrementAndGet();
        InetSocketAddress to = client;
        if (to != null) {
            send(front, datagram, to);
        }
    }

    private static void send(DatagramSocket socket, byte[] datagram, InetSocketAddress to) throws IOException {
        socket.send(new DatagramPacket(datagram, datagram.length, to));
    }

    /** From now on only what may be in a client's first flight comes through. */
    synchronized void hold() {
        holding = true;
        flight.clear();
    }

    /** How many datagrams the server has sent. */
    int answers() {
        return answers.get();
    }

    /** How much was held back. */
    synchronized int held() {
        return held.size();
    }

    /** Whether something of the first flight was early data. */
    synchronized boolean hasEarlyData() {
        return flight.stream().anyMatch(datagram -> types(datagram).contains(Type.EARLY));
    }

    synchronized void release() throws IOException {
        holding = false;
        for (byte[] datagram : held) {
            send(back, datagram, server);
        }
        held.clear();
    }

    /** Has the server see the first flight again. */
    synchronized void replay() throws IOException {
        for (byte[] datagram : flight) {
            send(back, datagram, server);
        }
    }

    /** Of all packets in a datagram. */
    private static Set<Type> types(byte[] datagram) {
        Set<Type> types = EnumSet.noneOf(Type.class);
        ByteBuffer in = ByteBuffer.wrap(datagram);
        while (in.hasRemaining()) {
            int first = in.get();
            if ((first & 0x80) == 0) {
                if ((first & 0x40) != 0) {
                    types.add(Type.SHORT);
                }
                return types;
            }
            Type type = Type.values()[first >> 4 & 3];
            types.add(type);
            if (type == Type.RETRY) {
                return types;
            }
            in.getInt();
            skip(in, in.get());
            skip(in, in.get());
            if (type == Type.INITIAL) {
                skip(in, varInt(in));
            }
            skip(in, varInt(in));
        }
        return types;
    }

    private static void skip(ByteBuffer in, int bytes) {
        in.position(in.position() + bytes);
    }

    private static int varInt(ByteBuffer in) {
        int first = in.get();
        int value = first & 0x3f;
        for (int more = (1 << (first >> 6 & 3)) - 1; more > 0; more--) {
            value = value << 8 | in.get() & 0xff;
        }
        return value;
    }

    @Override
    public void close() {
        front.close();
        back.close();
    }
}
