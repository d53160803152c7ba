package dev.multipath.testsuite.attack;

import java.io.IOException;
import java.util.Arrays;

/** A session of the extended profile that the attacker has with a server: he may have as many as he likes. */
final class HostileSession {

    private final Arena arena;
    private final String source;

    /** Its first subflow. */
    final Connection first;

    final byte[] connectionId;
    final byte[] key;

    /** What the server says in its HELLO, as the greatest number of bytes that may be sent. */
    final long credit;

    private long lastPathId;

    private HostileSession(Arena arena, String source, Connection first, byte[] connectionId, Frame hello) {
        this.arena = arena;
        this.source = source;
        this.first = first;
        this.connectionId = connectionId;
        key = hello.tail(32);
        credit = hello.varints(3)[2];
    }

    /** As far as the server's HELLO; the client's own is not said yet. */
    static HostileSession begin(Arena arena, String source, int receiveBuffer) throws IOException {
        Connection connection = arena.connect(source, receiveBuffer);
        connection.send(Wire.NEW_SESSION, Wire.EXTENDED, Wire.PONG);
        byte[] connectionId = connection.readPreface();
        return new HostileSession(arena, source, connection, connectionId, connection.await(Wire.HELLO));
    }

    /** A challenge that the server has answered a request with. */
    record Challenge(Connection connection, long pathId, byte[] clientNonce, byte[] serverNonce, byte[] serverMac) {}

    long nextPathId() {
        return ++lastPathId;
    }

    /** A connection that names this session, and has said that it speaks the extended profile. */
    Connection approach() throws IOException {
        Connection connection = arena.connect(source, 0);
        connection.send(Wire.preface(connectionId), Wire.EXTENDED);
        return connection;
    }

    Challenge request(long pathId) throws IOException {
        return request(pathId, Wire.random(16));
    }

    Challenge request(long pathId, byte[] clientNonce) throws IOException {
        Connection connection = approach();
        connection.send(Wire.joinRequest(pathId, clientNonce));
        if (!Arrays.equals(connection.readPreface(), connectionId)) {
            throw new AssertionError("another session's name");
        }
        Frame challenge = connection.await(Wire.JOIN);
        byte[] serverNonce = challenge.bytes(1, 16);
        byte[] serverMac = challenge.bytes(17, 32);
        if (!Arrays.equals(serverMac, Wire.mac(key, 'S', connectionId, pathId, clientNonce, serverNonce))) {
            throw new AssertionError("the server's mac is wrong");
        }
        return new Challenge(connection, pathId, clientNonce, serverNonce, serverMac);
    }

    byte[] proof(Challenge challenge) {
        return Wire.mac(key, 'C', connectionId, challenge.pathId(), challenge.clientNonce(), challenge.serverNonce());
    }

    /** One more subflow, proven, its HELLO said and heard. */
    Connection join() throws IOException {
        return join(nextPathId());
    }

    Connection join(long pathId) throws IOException {
        Challenge challenge = request(pathId);
        Connection connection = challenge.connection();
        connection.send(Wire.joinResponse(proof(challenge)), Wire.hello());
        connection.await(Wire.HELLO);
        return connection;
    }

    /** The server still has the session, and echoes what is sent over a subflow of it as frames of these numbers. */
    static void expectEcho(Connection over, long number) throws IOException {
        byte[] word = Wire.random(16);
        over.send(Wire.data(number, word));
        // Frames from before may come again: nobody has acknowledged them.
        over.await(frame -> frame.isData() && Arrays.equals(frame.payload(), word));
    }
}
