package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import java.util.UUID;

/**
 * The name of a session on the wire (CID): 16 bytes. The server draws it; a client that opens a new session sends
 * {@link #ZERO} on its first subflow and learns the name from the answer.
 *
 * @param mostSignificantBits  the first 8 bytes, in network order
 * @param leastSignificantBits the last 8 bytes, in network order
 */
public record ConnectionId(long mostSignificantBits, long leastSignificantBits) {
    /** What a client sends that asks for a new session. */
    public static final ConnectionId ZERO = new ConnectionId(0, 0);

    /** The length on the wire, in bytes. */
    public static final int LENGTH = 2 * Long.BYTES;

    /**
     * The connection ID with the bits of a UUID; Go's servers use random ones.
     *
     * @param uuid any UUID
     * @return its 128 bits
     */
    public static ConnectionId of(UUID uuid) {
        return new ConnectionId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    }

    /**
     * Reads {@link #LENGTH} bytes.
     *
     * @param in a buffer with at least that many readable bytes
     * @return the connection ID
     * @throws IndexOutOfBoundsException if bytes are missing
     */
    public static ConnectionId read(ByteBuf in) {
        return new ConnectionId(in.readLong(), in.readLong());
    }

    /**
     * Appends {@link #LENGTH} bytes.
     *
     * @param out where to append
     */
    public void write(ByteBuf out) {
        out.writeLong(mostSignificantBits).writeLong(leastSignificantBits);
    }

    /**
     * Whether this asks for a new session.
     *
     * @return true for 16 zero bytes
     */
    public boolean isZero() {
        return mostSignificantBits == 0 && leastSignificantBits == 0;
    }

    /** The 32 hexadecimal digits of the bytes on the wire. */
    @Override
    public String toString() {
        return "%016x%016x".formatted(mostSignificantBits, leastSignificantBits);
    }
}
