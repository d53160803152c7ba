package dev.multipath.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;

/** The bytes that the application has written and no frame carries yet, in order. */
final class SendQueue {

    /**
     * Buffers below this size are copied together into one frame; larger ones go as they are, since a frame of their
     * own costs less than the copy.
     */
    private static final int GATHER_BELOW_BYTES = 8 << 10;

    /** Each buffer costs some 200 bytes beside its content, which may be one byte; enough for bulk in any size. */
    static final int MAX_BUFFERS = 16 << 10;

    /** So many may pin more than they are worth: what an answer to one read is made of. */
    private static final int COMPACT_ABOVE_BUFFERS = 16;

    private final ByteBufAllocator allocator;
    private final ArrayDeque<ByteBuf> buffers = new ArrayDeque<>(1);
    private long bytes;

    SendQueue(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** Takes the buffer over; an empty one is released at once. */
    void add(ByteBuf buffer) {
        if (buffer.isReadable()) {
            bytes += buffer.readableBytes();
            buffers.add(buffers.size() < COMPACT_ABOVE_BUFFERS ? buffer : compacted(buffer));
        } else {
            buffer.release();
        }
    }

    long bytes() {
        return bytes;
    }

    /** What all that waits costs. */
    long costBytes() {
        return PinnedMemory.costBytes(buffers.size(), bytes);
    }

    /** What is written may be a small part of what was read, as an echo's. */
    private ByteBuf compacted(ByteBuf buffer) {
        ByteBuf kept = null;
        try {
            kept = PinnedMemory.compact(buffer, allocator);
        } finally {
            if (kept == null) {
                bytes -= buffer.readableBytes();
                buffer.release();
            }
        }
        return kept;
    }

    private ByteBuf takeHead() {
        ByteBuf head = PinnedMemory.compact(buffers.peek(), allocator);
        buffers.poll();
        return head;
    }

    /** Whether there are so many buffers that their objects weigh more than their bytes. */
    boolean isCrowded() {
        return buffers.size() >= MAX_BUFFERS;
    }

    boolean isEmpty() {
        return bytes == 0;
    }

    /**
     * Removes the next frame's payload; the caller owns it. Not to be called if empty.
     *
     * @param bytes how many it should have
     * @param maxBytes how many it may have, if that saves a frame for a small rest of a buffer
     */
    ByteBuf cut(int bytes, int maxBytes) {
        int headBytes = buffers.peek().readableBytes();
        boolean whole = headBytes <= Math.min(maxBytes, bytes + bytes / 2);
        return cut(whole ? Math.max(headBytes, bytes) : bytes);
    }

    ByteBuf cut(int maxBytes) {
        ByteBuf head = buffers.peek();
        int headBytes = head.readableBytes();
        ByteBuf payload;
        if (headBytes > maxBytes) {
            payload = head.readRetainedSlice(maxBytes);
        } else if (headBytes >= GATHER_BELOW_BYTES || buffers.size() == 1) {
            payload = takeHead();
        } else {
            payload = gather(maxBytes);
        }
        bytes -= payload.readableBytes();
        return payload;
    }

    private ByteBuf gather(int maxBytes) {
        int gathered = 0;
        int count = 0;
        for (ByteBuf buffer : buffers) {
            if (gathered + buffer.readableBytes() > maxBytes || buffer.readableBytes() >= GATHER_BELOW_BYTES) {
                break;
            }
            gathered += buffer.readableBytes();
            count++;
        }
        if (count == 1) {
            return takeHead();
        }
        ByteBuf payload = allocator.directBuffer(gathered, gathered);
        while (payload.isWritable()) {
            ByteBuf buffer = buffers.poll();
            try {
                buffer.readBytes(payload, buffer.readableBytes());
            } finally {
                buffer.release();
            }
        }
        return payload;
    }

    void release() {
        buffers.forEach(ByteBuf::release);
        buffers.clear();
        bytes = 0;
    }
}
