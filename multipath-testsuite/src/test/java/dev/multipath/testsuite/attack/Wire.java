package dev.multipath.testsuite.attack;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The bytes of {@code docs/PROTOCOL.md}, right and wrong ones. The numbers are its sections. */
final class Wire {

    static final long MAX_VARINT = (1L << 62) - 1;

    /** 2.1: the numbers of data frames begin here. */
    static final long FIRST = 10;

    static final int MAX_DATA_PAYLOAD = 1 << 20;
    static final int MAX_EXTENDED_PAYLOAD = 4096;

    /** 4.4: how far a sender may be ahead of the lowest unacknowledged frame. */
    static final int WINDOW_FRAMES = 4096;

    // 4.1: types of extended frames
    static final int HELLO = 2;
    static final int ACK = 3;
    static final int JOIN = 4;
    static final int FIN = 5;
    static final int RESET = 6;
    static final int ADDRESS = 7;
    static final int PATH = 8;
    static final int EXTENSION = 9;

    static final byte[] NEW_SESSION = preface(new byte[16]);
    static final byte[] PING = {0, 0};
    static final byte[] PONG = {0, 1};
    static final byte[] EXTENDED = {0, 2};

    private Wire() {}

    /** The shortest form. */
    static byte[] varint(long value) {
        return varint(value, value < 1 << 6 ? 1 : value < 1 << 14 ? 2 : value < 1 << 30 ? 4 : 8);
    }

    /** In so many bytes (1, 2, 4 or 8). */
    static byte[] varint(long value, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[length - 1 - i] = (byte) (value >>> 8 * i);
        }
        bytes[0] |= (byte) (Integer.numberOfTrailingZeros(length) << 6);
        return bytes;
    }

    static byte[] cat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static byte[] times(int count, byte[] bytes) {
        byte[] all = new byte[count * bytes.length];
        for (int i = 0; i < count; i++) {
            System.arraycopy(bytes, 0, all, i * bytes.length, bytes.length);
        }
        return all;
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        ThreadLocalRandom.current().nextBytes(bytes);
        return bytes;
    }

    static byte[] preface(byte[] connectionId) {
        return cat(new byte[] {0}, connectionId);
    }

    static byte[] data(long number, byte... payload) {
        return cat(varint(payload.length), varint(number), payload);
    }

    /** A data frame's beginning: what is to follow is up to the attacker. */
    static byte[] header(long size, long number) {
        return cat(varint(size), varint(number));
    }

    static byte[] baseAck(long number) {
        return cat(new byte[] {0}, varint(number));
    }

    static byte[] extended(int type, byte[]... fields) {
        byte[] payload = cat(fields);
        return cat(varint(payload.length), varint(type), payload);
    }

    /** 4.2, without a key and with both features. */
    static byte[] hello(long maxData, long resumptionMillis, long maxSubflows) {
        return extended(
                HELLO, varint(0), varint(3), varint(maxData), varint(resumptionMillis), varint(maxSubflows), varint(0));
    }

    /** As a peer says it that means no harm. */
    static byte[] hello() {
        return hello(16 << 20, 60_000, 16);
    }

    /** 4.2, as a server says it on a first subflow. */
    static byte[] helloWithKey(long maxData, long resumptionMillis, byte[] key) {
        return extended(
                HELLO,
                varint(0),
                varint(3),
                varint(maxData),
                varint(resumptionMillis),
                varint(16),
                varint(key.length),
                key);
    }

    /** 4.3. Ranges are gaps and lengths in turn. */
    static byte[] ack(long next, long maxData, long subflowFrames, long... ranges) {
        byte[][] fields = new byte[ranges.length][];
        Arrays.setAll(fields, i -> varint(ranges[i]));
        return extended(
                ACK,
                varint(next),
                varint(maxData),
                varint(subflowFrames),
                varint(0),
                varint(ranges.length / 2),
                cat(fields));
    }

    static byte[] joinRequest(long pathId, byte[] clientNonce) {
        return extended(JOIN, new byte[] {1}, varint(pathId), clientNonce);
    }

    static byte[] joinChallenge(byte[] serverNonce, byte[] mac) {
        return extended(JOIN, new byte[] {2}, serverNonce, mac);
    }

    static byte[] joinResponse(byte[] mac) {
        return extended(JOIN, new byte[] {3}, mac);
    }

    static byte[] fin(long number) {
        return extended(FIN, varint(number));
    }

    static byte[] reset(long code, String reason) {
        return extended(RESET, varint(code), reason.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] addAddress(long sequence, long id, InetSocketAddress address) {
        byte[] ip = address.getAddress().getAddress();
        byte[] port = {(byte) (address.getPort() >> 8), (byte) address.getPort()};
        return extended(
                ADDRESS,
                new byte[] {1},
                varint(sequence),
                varint(id),
                new byte[] {(byte) (ip.length == 4 ? 4 : 6)},
                ip,
                port);
    }

    static byte[] removeAddress(long sequence, long id) {
        return extended(ADDRESS, new byte[] {2}, varint(sequence), varint(id));
    }

    static byte[] pathStatus(long sequence, long pathId, int status) {
        return extended(PATH, new byte[] {1}, varint(sequence), varint(pathId), new byte[] {(byte) status});
    }

    static byte[] pathClose(long pathId, long code, String reason) {
        return extended(PATH, new byte[] {2}, varint(pathId), varint(code), reason.getBytes(StandardCharsets.UTF_8));
    }

    /** 4.6: labels 53 (server) and 43 (client) are hexadecimal, the letters S and C. */
    static byte[] mac(
            byte[] key, char label, byte[] connectionId, long pathId, byte[] clientNonce, byte[] serverNonce) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update((byte) label);
            mac.update(connectionId);
            mac.update(ByteBuffer.allocate(8).putLong(0, pathId));
            mac.update(clientNonce);
            return mac.doFinal(serverNonce);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
