package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;

/**
 * A key, a nonce or a message authentication code: bytes without a meaning of their own. Immutable; compared in constant
 * time; its text form does not show them, so that no log does.
 */
public final class OpaqueBytes {

    private final byte[] bytes;

    private OpaqueBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Copies the bytes.
     *
     * @param bytes any number of them
     * @return the value
     */
    public static OpaqueBytes of(byte[] bytes) {
        return new OpaqueBytes(bytes.clone());
    }

    /**
     * Reads bytes.
     *
     * @param in a buffer with at least that many readable bytes
     * @param length how many
     * @return the value
     * @throws IndexOutOfBoundsException if bytes are missing
     */
    public static OpaqueBytes read(ByteBuf in, int length) {
        if (in.readableBytes() < length) {
            throw new IndexOutOfBoundsException(length + " bytes wanted, " + in.readableBytes() + " are there");
        }
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return new OpaqueBytes(bytes);
    }

    /**
     * Appends the bytes.
     *
     * @param out where to append
     */
    public void write(ByteBuf out) {
        out.writeBytes(bytes);
    }

    /**
     * How many there are.
     *
     * @return the number of bytes
     */
    public int length() {
        return bytes.length;
    }

    /**
     * A copy of the bytes.
     *
     * @return to be kept as secret as this value
     */
    public byte[] toByteArray() {
        return bytes.clone();
    }

    void requireLength(int expected) {
        if (bytes.length != expected) {
            throw new IllegalArgumentException(bytes.length + " bytes where " + expected + " belong");
        }
    }

    /** In a time that does not depend on where two values of one length differ. */
    @Override
    public boolean equals(Object other) {
        return other instanceof OpaqueBytes that && MessageDigest.isEqual(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        // Of the length alone: a hash of the content could tell something of it.
        return bytes.length;
    }

    @Override
    public String toString() {
        return bytes.length + " bytes";
    }
}
