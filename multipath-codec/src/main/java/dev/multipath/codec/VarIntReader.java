package dev.multipath.codec;

import io.netty.buffer.ByteBuf;

/**
 * Reads integers whose bytes may arrive in pieces. The bytes that came are kept here as a number, not in a buffer: so a
 * read that ends inside a header never makes the next, possibly large, read buffer be copied behind it.
 * Not thread safe; owned by one decoder.
 */
final class VarIntReader {
    private long value;
    private int missingBytes;

    /**
     * Consumes what belongs to the current integer.
     *
     * @return whether the integer is complete, and {@link #value()} gives it
     */
    boolean read(ByteBuf in) {
        if (missingBytes == 0) {
            value = VarInt.tryRead(in);
            if (value != VarInt.INCOMPLETE) {
                return true;
            }
            if (!in.isReadable()) {
                return false;
            }
            byte first = in.readByte();
            value = VarInt.valueFrom(first);
            missingBytes = VarInt.lengthFrom(first) - 1;
        }
        while (missingBytes > 0 && in.isReadable()) {
            value = (value << Byte.SIZE) | in.readUnsignedByte();
            missingBytes--;
        }
        return missingBytes == 0;
    }

    /** The integer that was completed last. */
    long value() {
        return value;
    }
}
