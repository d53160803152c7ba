package dev.multipath.testsuite.attack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A server of the attacker's, to which a client has come. */
final class HostileServer implements AutoCloseable {

    /** What it does with one connection. */
    interface Script {
        void serve(HostileServer server, Connection connection) throws Exception;
    }

    /** One that greets as it should, lets everybody in who has a proof, and does as the last line says. */
    interface Greeted {
        void serve(Connection connection, boolean joined) throws Exception;
    }

    private final ServerSocket listener;
    private final AtomicInteger accepted = new AtomicInteger();
    private final Map<String, byte[]> keys = new ConcurrentHashMap<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    HostileServer(Arena arena, InetAddress host, Script script) throws IOException {
        listener = new ServerSocket(0, 1000, host);
        arena.start(() -> {
            while (true) {
                Connection connection = arena.keep(Connection.accepted(listener.accept()));
                accepted.incrementAndGet();
                arena.start(() -> {
                    try {
                        script.serve(this, connection);
                    } catch (IOException e) {
                        // The client has left.
                    } catch (Throwable e) {
                        failures.add(e);
                    }
                });
            }
        });
    }

    static Script greeting(Greeted script) {
        return (server, connection) -> script.serve(connection, server.greet(connection, 16 << 20, 60_000));
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    /** For {@code dial}. */
    String word() {
        return address().getAddress().getHostAddress() + ":" + address().getPort();
    }

    /** Connections so far. */
    int accepted() {
        return accepted.get();
    }

    /** What scripts did not expect. */
    Queue<Throwable> failures() {
        return failures;
    }

    /**
     * Preface, switch and HELLO, or a whole join; until the client has said its HELLO.
     *
     * @return whether it was a join
     */
    boolean greet(Connection connection, long maxData, long resumptionMillis) throws IOException {
        return greet(connection, connection.readPreface(), maxData, resumptionMillis);
    }

    /** The same of who has said that preface. */
    boolean greet(Connection connection, byte[] name, long maxData, long resumptionMillis) throws IOException {
        if (Arrays.equals(name, new byte[16])) {
            byte[] connectionId = Wire.random(16);
            byte[] key = Wire.random(32);
            keys.put(HexFormat.of().formatHex(connectionId), key);
            connection.send(
                    Wire.preface(connectionId),
                    Wire.EXTENDED,
                    Wire.PING,
                    Wire.helloWithKey(maxData, resumptionMillis, key));
            connection.await(Wire.HELLO);
            return false;
        }
        byte[] key = keys.get(HexFormat.of().formatHex(name));
        if (key == null) {
            throw new AssertionError("another server's session");
        }
        Frame request = connection.await(Wire.JOIN);
        long pathId = new Frame(0, request.bytes(1, request.payload().length - 1)).varints(1)[0];
        byte[] clientNonce = request.tail(16);
        byte[] serverNonce = Wire.random(16);
        connection.send(
                Wire.preface(name),
                Wire.EXTENDED,
                Wire.joinChallenge(serverNonce, Wire.mac(key, 'S', name, pathId, clientNonce, serverNonce)));
        Frame response = connection.await(Wire.JOIN);
        if (!Arrays.equals(response.tail(32), Wire.mac(key, 'C', name, pathId, clientNonce, serverNonce))) {
            throw new AssertionError("the client's mac is wrong");
        }
        connection.send(Wire.hello(maxData, resumptionMillis, 16));
        connection.await(Wire.HELLO);
        return true;
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
