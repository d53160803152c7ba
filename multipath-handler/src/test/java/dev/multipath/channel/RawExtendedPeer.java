package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A plain socket that speaks the extended profile, byte by byte as {@code docs/PROTOCOL.md} has it, and as dishonestly as
 * a test wants. Frames below 64 bytes only.
 */
final class RawExtendedPeer implements AutoCloseable {

    static final int HELLO = 2;
    static final int JOIN = 4;
    static final int RESET = 6;

    static final byte[] NONCE = "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private static final int KEY_BYTES = 32;
    private static final int MAC_BYTES = 32;

    /** Version 0, no features, 64 KiB, no resumption time-out, 16 subflows, no key. */
    private static final byte[] CLIENT_HELLO = frame(HELLO, new byte[] {0, 1, (byte) 0x80, 1, 0, 0, 0, 16, 0});

    /**
     * What the server answers to a request to join.
     *
     * @param nonce the server's
     * @param mac the server's
     */
    record Challenge(byte[] nonce, byte[] mac) {}

    private final RawPeer raw;

    RawExtendedPeer(SocketAddress address) throws IOException {
        this(new RawPeer(address));
    }

    RawExtendedPeer(RawPeer raw) {
        this.raw = raw;
    }

    RawPeer raw() {
        return raw;
    }

    static byte[] frame(int type, byte[]... payload) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int size = Arrays.stream(payload).mapToInt(part -> part.length).sum();
        bytes.write(size);
        bytes.write(type);
        for (byte[] part : payload) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    /** The payload of the next frame of that type; control frames before it are skipped, others are not expected. */
    byte[] readFrame(int type) throws IOException {
        while (true) {
            int size = raw.read();
            int number = raw.read();
            assertThat(number).as("the number of a frame of %s bytes", size).isNotNegative();
            if (size > 0) {
                assertThat(number).isEqualTo(type);
                return raw.read(size);
            }
        }
    }

    /** Asks for a session: its name. */
    ConnectionId greet() throws IOException {
        ConnectionId connectionId = raw.greet(ConnectionId.ZERO);
        assertThat(raw.read(2)).isEqualTo(RawPeer.EXTENDED);
        return connectionId;
    }

    /** Says that it speaks the extended profile: the session's key. */
    byte[] learnKey() throws IOException {
        raw.send(RawPeer.EXTENDED);
        byte[] hello = readFrame(HELLO);
        return Arrays.copyOfRange(hello, hello.length - KEY_BYTES, hello.length);
    }

    RawExtendedPeer sendHello() throws IOException {
        raw.send(CLIENT_HELLO);
        return this;
    }

    RawExtendedPeer request(ConnectionId session, int pathId) throws IOException {
        raw.send(RawPeer.preface(session));
        raw.send(RawPeer.EXTENDED);
        raw.send(frame(JOIN, new byte[] {1, (byte) pathId}, NONCE));
        return this;
    }

    /** Reads the answer to the preface and the request. */
    Challenge challenge() throws IOException {
        raw.read(17);
        assertThat(raw.read(2)).isEqualTo(RawPeer.EXTENDED);
        byte[] challenge = readFrame(JOIN);
        assertThat(challenge[0]).isEqualTo((byte) 2);
        return new Challenge(
                Arrays.copyOfRange(challenge, 1, 1 + NONCE.length),
                Arrays.copyOfRange(challenge, 1 + NONCE.length, challenge.length));
    }

    RawExtendedPeer respond(byte[] mac) throws IOException {
        assertThat(mac).hasSize(MAC_BYTES);
        raw.send(frame(JOIN, new byte[] {3}, mac));
        return this;
    }

    /** Joins as it should be. */
    RawExtendedPeer join(ConnectionId session, byte[] key, int pathId) throws IOException {
        Challenge challenge = request(session, pathId).challenge();
        return respond(mac(key, 'C', session, pathId, challenge.nonce())).sendHello();
    }

    static byte[] mac(byte[] key, char label, ConnectionId session, int pathId, byte[] serverNonce) {
        ByteBuf message = Unpooled.buffer();
        message.writeByte(label);
        session.write(message);
        message.writeLong(pathId);
        message.writeBytes(NONCE).writeBytes(serverNonce);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(ByteBufUtil.getBytes(message));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
