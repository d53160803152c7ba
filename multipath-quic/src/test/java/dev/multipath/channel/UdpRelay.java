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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network between clients and a server that can lose everything, or hold back whatever a client cannot send before it has heard of the server:
 * packets of QUIC's handshake, and what comes behind. So what arrives meanwhile has come in the first flight. As a NAT does, it
 * gives each client a socket of its own: a connection that is still saying its end does not take another's answers.
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
    private volatile InetSocketAddress server;
    private final Map<InetSocketAddress, Client> clients = new HashMap<>();
    private final AtomicInteger answers = new AtomicInteger();
    private final List<Runnable> heldAnswers = new ArrayList<>();
    private boolean holding;
    private boolean holdingAnswers;
    private volatile boolean losing;
    private final AtomicInteger lost = new AtomicInteger();

    /** One that is held is the only one that has a first flight and something held back. */
    private final class Client {

        private final InetSocketAddress address;
        private final DatagramSocket back = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        private final List<byte[]> held = new ArrayList<>();
        private final List<byte[]> flight = new ArrayList<>();
        private boolean holding;

        private Client(InetSocketAddress address, boolean holding) throws SocketException {
            this.address = address;
            this.holding = holding;
            start(back, this::fromServer);
        }

        private void fromClient(byte[] datagram) throws IOException {
            if (holding) {
                Set<Type> types = types(datagram);
                if (types.contains(Type.HANDSHAKE) || types.contains(Type.SHORT)) {
                    held.add(datagram);
                    return;
                }
                flight.add(datagram);
            }
            send(back, datagram, server);
        }

        private void fromServer(byte[] datagram, InetSocketAddress from) throws IOException {
            answers.incrementAndGet();
            synchronized (UdpRelay.this) {
                if (holdingAnswers && !types(datagram).contains(Type.RETRY)) {
                    heldAnswers.add(() -> sendQuietly(datagram));
                    return;
                }
            }
            send(front, datagram, address);
        }

        private void sendQuietly(byte[] datagram) {
            try {
                send(front, datagram, address);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void release() throws IOException {
            holding = false;
            for (byte[] datagram : held) {
                send(back, datagram, server);
            }
            held.clear();
        }

        private void replay() throws IOException {
            for (byte[] datagram : flight) {
                send(back, datagram, server);
            }
        }
    }

    UdpRelay(InetSocketAddress server) throws SocketException {
        this.server = server;
        start(front, this::fromClient);
    }

    /** What clients say from now on goes to another server. */
    void to(InetSocketAddress another) {
        server = another;
    }

    InetSocketAddress address() {
        return (InetSocketAddress) front.getLocalSocketAddress();
    }

    @FunctionalInterface
    private interface Way {
        void take(byte[] datagram, InetSocketAddress from) throws IOException;
    }

    private void start(DatagramSocket socket, Way way) {
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM_BYTES], MAX_DATAGRAM_BYTES);
                    socket.receive(packet);
                    byte[] datagram = new byte[packet.getLength()];
                    System.arraycopy(packet.getData(), 0, datagram, 0, datagram.length);
                    if (losing) {
                        lost.incrementAndGet();
                    } else {
                        way.take(datagram, (InetSocketAddress) packet.getSocketAddress());
                    }
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
        Client client = clients.get(from);
        if (client == null) {
            client = new Client(from, holding);
            clients.put(from, client);
        }
        client.fromClient(datagram);
    }

    private static void send(DatagramSocket socket, byte[] datagram, InetSocketAddress to) throws IOException {
        socket.send(new DatagramPacket(datagram, datagram.length, to));
    }

    /** Of clients that come from now on, only what may be in a first flight comes through. */
    synchronized void hold() {
        holding = true;
    }

    /** A client gets no more than a Retry. */
    synchronized void holdAnswers() {
        holdingAnswers = true;
    }

    synchronized void releaseAnswers() {
        holdingAnswers = false;
        heldAnswers.forEach(Runnable::run);
        heldAnswers.clear();
    }

    /** Whether what comes is lost, from either end. */
    void lose(boolean isLost) {
        losing = isLost;
    }

    /** How many datagrams were lost. */
    int lost() {
        return lost.get();
    }

    /** How many datagrams the server has sent. */
    int answers() {
        return answers.get();
    }

    /** How much was held back. */
    synchronized int held() {
        return clients.values().stream().mapToInt(client -> client.held.size()).sum();
    }

    /** Whether something of a first flight was early data. */
    synchronized boolean hasEarlyData() {
        return clients.values().stream()
                .flatMap(client -> client.flight.stream())
                .anyMatch(datagram -> types(datagram).contains(Type.EARLY));
    }

    synchronized void release() throws IOException {
        holding = false;
        for (Client client : clients.values()) {
            client.release();
        }
    }

    /** Has the server see the first flight again. */
    synchronized void replay() throws IOException {
        for (Client client : clients.values()) {
            client.replay();
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
    public synchronized void close() {
        front.close();
        clients.values().forEach(client -> client.back.close());
    }
}
