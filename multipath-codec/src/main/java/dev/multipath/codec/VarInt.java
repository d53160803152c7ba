package dev.multipath.codec;

import io.netty.buffer.ByteBuf;

/**
 * QUIC's variable-length integers (RFC 9000, section 16): the two highest bits of the first byte give the length, 1, 2,
 * 4 or 8 bytes, and the other bits the value, in network order. So a value has at most 62 bits, and no bytes on the
 * wire can mean more than that. The shortest form is written; longer forms of the same value are accepted.
 */
public final class VarInt {
    /** The greatest value that has an encoding: 2<sup>62</sup> - 1. */
    public static final long MAX_VALUE = (1L << 62) - 1;

    /** The length of the longest encoding, in bytes. */
    public static final int MAX_LENGTH = 8;

    /** What {@link #tryRead} returns when the integer's last bytes have not arrived; no encoded value is negative. */
    public static final long INCOMPLETE = -1;

    private static final long MAX_1_BYTE = (1L << 6) - 1;
    private static final long MAX_2_BYTES = (1L << 14) - 1;
    private static final long MAX_4_BYTES = (1L << 30) - 1;
    private static final int LENGTH_2_BITS = 0x4000;
    private static final int LENGTH_4_BITS = 0x8000_0000;
    private static final long LENGTH_8_BITS = 0xC000_0000_0000_0000L;

    private VarInt() {}

    /**
     * The length of the shortest encoding of a value.
     *
     * @param value 0 to {@link #MAX_VALUE}
     * @return 1, 2, 4 or 8 bytes
     * @throws VarIntRangeException if the value has no encoding
     */
    public static int encodedLength(long value) {
        requireEncodable(value);
        if (value <= MAX_1_BYTE) {
            return 1;
        }
        if (value <= MAX_2_BYTES) {
            return 2;
        }
        return value <= MAX_4_BYTES ? 4 : MAX_LENGTH;
    }

    /**
     * Appends the shortest encoding of a value.
     *
     * @param out   where to append
     * @param value 0 to {@link #MAX_VALUE}
     * @throws VarIntRangeException if the value has no encoding; nothing is written then
     */
    public static void write(ByteBuf out, long value) {
        switch (encodedLength(value)) {
            case 1 -> out.writeByte((int) value);
            case 2 -> out.writeShort((int) value | LENGTH_2_BITS);
            case 4 -> out.writeInt((int) value | LENGTH_4_BITS);
            default -> out.writeLong(value | LENGTH_8_BITS);
        }
    }

    /**
     * Reads one integer, if all of it is there.
     *
     * @param in the bytes; its reader index moves past the integer, or not at all
     * @return the value, or {@link #INCOMPLETE} if bytes are missing
     */
    public static long tryRead(ByteBuf in) {
        if (!in.isReadable()) {
            return INCOMPLETE;
        }
        int length = lengthFrom(in.getByte(in.readerIndex()));
        if (in.readableBytes() < length) {
            return INCOMPLETE;
        }
        return switch (length) {
            case 1 -> in.readByte() & MAX_1_BYTE;
            case 2 -> in.readShort() & MAX_2_BYTES;
            case 4 -> in.readInt() & MAX_4_BYTES;
            default -> in.readLong() & MAX_VALUE;
        };
    }

    /** The length of the encoding that starts with this byte. */
    static int lengthFrom(byte first) {
        return 1 << ((first & 0xff) >>> 6);
    }

    /** The bits of the value that the first byte of an encoding carries. */
    static long valueFrom(byte first) {
        return first & MAX_1_BYTE;
    }

    static void requireEncodable(long value) {
        if (value < 0 || value > MAX_VALUE) {
            throw new VarIntRangeException(value);
        }
    }
}
