package dev.multipath.codec;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How a connection ID carries a server id, so that a load balancer finds the server of a join without any state: in its first
 * bytes, in clear or masked by a key that servers and balancers share. All other bits stay as they were drawn, those by which a
 * UUID is known too. docs/PROTOCOL.md, section 10. Thread-safe.
 *
 * <p>Masked, nobody without the key sees which sessions are at one server. It does not keep anybody from altering a name so
 * that it leads elsewhere; there nobody knows the altered name.
 */
public final class ServerIdEncoding {

    /** In clear, as in the plaintext form of QUIC-LB. */
    public static final ServerIdEncoding PLAIN = new ServerIdEncoding(null);

    /** A shorter one could be found out by trying. */
    public static final int MIN_KEY_BYTES = 16;

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    private ServerIdEncoding(SecretKeySpec key) {
        this.key = key;
    }

    /**
     * Masked: by the first bytes of the HMAC-SHA-256 of all that is behind them.
     *
     * @param key at least {@link #MIN_KEY_BYTES}, from a cryptographic source
     * @return the encoding
     * @throws IllegalArgumentException if the key is too short
     */
    public static ServerIdEncoding masked(OpaqueBytes key) {
        if (key.length() < MIN_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "key of " + key.length() + " bytes (expected: at least " + MIN_KEY_BYTES + ")");
        }
        return new ServerIdEncoding(new SecretKeySpec(key.toByteArray(), ALGORITHM));
    }

    /** {@return whether only who has the key can read server ids} */
    public boolean isMasked() {
        return key != null;
    }

    /**
     * Makes a name that carries a server id.
     *
     * @param serverId the server
     * @param drawn random bits, such as a UUID's of version 4; its first bytes are replaced
     * @return the name
     */
    public ConnectionId write(ServerId serverId, ConnectionId drawn) {
        int bytes = serverId.lengthBytes();
        return withFirst(bytes, serverId.value() ^ mask(drawn, bytes), drawn);
    }

    /**
     * Reads a name as a load balancer does.
     *
     * @param connectionId any name
     * @param lengthBytes of the server ids behind this address
     * @return the server whose it is, if it carries one: any name looks as if it did
     * @throws IllegalArgumentException if there are no server ids of that length
     */
    public ServerId read(ConnectionId connectionId, int lengthBytes) {
        int shift = Long.SIZE - Byte.SIZE * lengthBytes;
        int first = (int) (connectionId.mostSignificantBits() >>> shift);
        return new ServerId(first ^ mask(connectionId, lengthBytes), lengthBytes);
    }

    private static ConnectionId withFirst(int bytes, int first, ConnectionId drawn) {
        int shift = Long.SIZE - Byte.SIZE * bytes;
        long rest = drawn.mostSignificantBits() & (1L << shift) - 1;
        return new ConnectionId(Integer.toUnsignedLong(first) << shift | rest, drawn.leastSignificantBits());
    }

    /** As an unsigned number of that many bytes. */
    private int mask(ConnectionId connectionId, int bytes) {
        if (key == null) {
            return 0;
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            ByteBuffer name = ByteBuffer.allocate(ConnectionId.LENGTH)
                    .putLong(connectionId.mostSignificantBits())
                    .putLong(connectionId.leastSignificantBits());
            mac.update(name.position(bytes));
            return ByteBuffer.wrap(mac.doFinal()).getInt() >>> Integer.SIZE - Byte.SIZE * bytes;
        } catch (GeneralSecurityException e) {
            // Every Java platform has it.
            throw new IllegalStateException(e);
        }
    }
}
