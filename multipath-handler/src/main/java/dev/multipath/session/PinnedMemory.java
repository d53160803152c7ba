package dev.multipath.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;

/**
 * What a buffer that is kept costs. A slice keeps the whole read buffer that it is a part of from being used again, so that
 * bytes which stay for a while are copied if they are a small part of one, or of several. What is passed on at once is not.
 */
final class PinnedMemory {

    /**
     * What a byte that is kept is taken to cost. A kept slice may pin up to {@link #MAX_PINNED_PER_BYTE} times its size, but
     * slices that are kept have neighbours as a rule, and share their read buffers with them.
     */
    static final int COST_PER_BYTE = 2;

    /** What a buffer costs beside its bytes: its own objects, those of the frame, and its places in the queues. */
    static final int COST_PER_FRAME = 256;

    private static final int MAX_PINNED_PER_BYTE = 4;

    /** A fourth of the largest read buffer that is usual: from here on a slice is not a small part of one. */
    private static final int COPY_BELOW_BYTES = 16 << 10;

    /** What pins less is not worth a copy. */
    private static final int MIN_PINNED_BYTES = 1 << 10;

    private PinnedMemory() {}

    /** What buffers of so many bytes cost together. */
    static long costBytes(long frames, long bytes) {
        return COST_PER_BYTE * bytes + COST_PER_FRAME * frames;
    }

    /** The buffer to keep in place of this one, which is released then: itself, or a copy of its bytes. */
    static ByteBuf compact(ByteBuf buffer, ByteBufAllocator allocator) {
        int bytes = buffer.readableBytes();
        long pinnedBytes = pinnedBytes(buffer, bytes);
        if (pinnedBytes < MIN_PINNED_BYTES || pinnedBytes <= (long) MAX_PINNED_PER_BYTE * bytes) {
            return buffer;
        }
        ByteBuf copy = allocator.buffer(bytes, bytes);
        // Not by writeBytes, which takes composites over the heap.
        buffer.getBytes(buffer.readerIndex(), copy, bytes);
        buffer.release();
        return copy;
    }

    private static long pinnedBytes(ByteBuf buffer, int bytes) {
        ByteBuf root = root(buffer);
        if (root instanceof CompositeByteBuf composite) {
            return pinnedBytes(composite);
        }
        return bytes < COPY_BELOW_BYTES ? root.capacity() : 0;
    }

    /** Each of its components may be a small part of another read buffer. */
    private static long pinnedBytes(CompositeByteBuf composite) {
        long bytes = 0;
        for (int i = 0; i < composite.numComponents(); i++) {
            bytes += root(composite.internalComponent(i)).capacity();
        }
        return bytes;
    }

    private static ByteBuf root(ByteBuf buffer) {
        ByteBuf root = buffer;
        ByteBuf next;
        while ((next = root.unwrap()) != null) {
            root = next;
        }
        return root;
    }
}
