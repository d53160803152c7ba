package dev.multipath.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

/** A byte stream in which every byte tells whether it is in its place. */
final class Pattern {

    private Pattern() {}

    /** Two neighbours differ, and so do places that a whole number of frames or buffers lies between. */
    static byte at(long offset) {
        return (byte) (offset * 31 + (offset >>> 8) * 17 + (offset >>> 16) * 7 + (offset >>> 24));
    }

    /** Makes a buffer of the bytes from there on. */
    static ByteBuf bytes(ByteBufAllocator allocator, long offset, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = at(offset + i);
        }
        // In one go: paranoid leak detection records every access.
        return allocator.buffer(length, length).writeBytes(bytes);
    }

    /** The first readable byte, by its place in the stream, that is wrong; -1 if all are right. */
    static long firstMismatch(ByteBuf received, long offset) {
        byte[] bytes = ByteBufUtil.getBytes(received);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != at(offset + i)) {
                return offset + i;
            }
        }
        return -1;
    }
}
