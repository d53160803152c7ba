package dev.multipath.codec;

import java.util.HexFormat;

/**
 * One of several servers behind an address, as load balancers know it. Carried by connection IDs: {@link ServerIdEncoding}.
 *
 * @param value the bytes, in network order; those above the length are 0
 * @param lengthBytes how many there are, 1 to {@link #MAX_BYTES}; the same for all servers behind an address
 */
public record ServerId(int value, int lengthBytes) {

    /**
     * Enough for any fleet. Each byte is one less of chance: 90 bits are left beside four, and the six by which a UUID of
     * version 4 is known.
     */
    public static final int MAX_BYTES = 4;

    /**
     * Checks the ranges.
     *
     * @param value unsigned; fits into the length
     * @param lengthBytes 1 to {@link #MAX_BYTES}
     * @throws IllegalArgumentException if one is out of its range
     */
    public ServerId {
        if (lengthBytes < 1 || lengthBytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "server id of " + lengthBytes + " bytes (expected: 1 to " + MAX_BYTES + ")");
        }
        if (Integer.toUnsignedLong(value) >>> Byte.SIZE * lengthBytes != 0) {
            throw new IllegalArgumentException(
                    "server id " + Integer.toUnsignedString(value) + " has more than " + lengthBytes + " bytes");
        }
    }

    /**
     * Reads what {@link #toString()} writes.
     *
     * @param hex two hexadecimal digits a byte
     * @return the server id of that many bytes
     * @throws IllegalArgumentException if it is none
     */
    public static ServerId parse(String hex) {
        if (hex.length() % 2 != 0 || hex.isEmpty() || hex.length() > 2 * MAX_BYTES) {
            throw new IllegalArgumentException(
                    "server id \"" + hex + "\" (expected: 1 to " + MAX_BYTES + " bytes in hexadecimal)");
        }
        return new ServerId(HexFormat.fromHexDigits(hex), hex.length() / 2);
    }

    /** Two hexadecimal digits a byte. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(value, 2 * lengthBytes);
    }
}
