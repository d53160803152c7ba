package dev.multipath.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayDeque;

/** The bytes that the application has written and no frame carries yet, in order. */
final class SendQueue {

    /**
     * Buffers below this size are copied together; larger ones are parts of a frame as they are, since an entry of their own
     * in the channel's write costs less than the copy.
     */
    private static final int GATHER_BELOW_BYTES = 8 << 10;

    /** Each buffer costs some 200 bytes beside its content, which may be one byte; enough for bulk in any size. */
    static final int MAX_BUFFERS = 16 << 10;

    /** So many may pin more than they are worth: what an answer to one read is made of. */
    private static final int COMPACT_ABOVE_BUFFERS = 16;

    private final ByteBufAllocator allocator;
    private final ArrayDeque<ByteBuf> buffers = new ArrayDeque<>(1);
    private long bytes;

    /** The first buffer is one that others have too, and is all that waits; it stood there when it was written. */
    private boolean shared;

    private int sharedStart;
    private int sharedBytes;

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

    /**
     * As {@link #add}, of a small buffer whose indices are to stay as they are. If it waits alone, and goes whole, it needs none of its own:
     * so it is with a request, or an answer.
     */
    void addShared(ByteBuf buffer) {
        boolean alone = isEmpty();
        add(alone ? buffer : buffer.slice());
        if (alone && !isEmpty()) {
            shared = true;
            sharedStart = buffer.readerIndex();
            sharedBytes = buffer.readableBytes();
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
        int wholeBytes = Math.min(maxBytes, bytes + bytes / 2);
        endSharing(wholeBytes);
        ByteBuf head = buffers.peek();
        ByteBuf payload = head.readableBytes() > wholeBytes ? head.readRetainedSlice(bytes) : take(bytes, wholeBytes);
        this.bytes -= payload.readableBytes();
        return payload;
    }

    /** The first one gets indices of its own if it is to be cut, or has others behind it, or if they were moved since it was written. */
    private void endSharing(int wholeBytes) {
        if (!shared) {
            return;
        }
        shared = false;
        ByteBuf head = buffers.peek();
        boolean isAsItWas = head.readerIndex() == sharedStart && head.readableBytes() == sharedBytes;
        if (!isAsItWas || buffers.size() > 1 || sharedBytes > wholeBytes) {
            buffers.poll();
            buffers.addFirst(head.slice(sharedStart, sharedBytes));
        }
    }

    /** Whole buffers, of which the first fits, until the frame is as large as it should be. */
    private ByteBuf take(int bytes, int maxBytes) {
        if (buffers.size() == 1 || buffers.peek().readableBytes() >= bytes) {
            return takeHead();
        }
        int takenBytes = 0;
        int count = 0;
        boolean small = true;
        for (ByteBuf buffer : buffers) {
            if (takenBytes >= bytes || takenBytes + buffer.readableBytes() > maxBytes) {
                break;
            }
            small &= isSmall(buffer);
            takenBytes += buffer.readableBytes();
            count++;
        }
        return small || count == 1 ? takeSmall(count) : takeParts(count);
    }

    private static boolean isSmall(ByteBuf buffer) {
        return buffer.readableBytes() < GATHER_BELOW_BYTES;
    }

    /** One behind the other, the large ones as they are: the encoder writes them so behind one header. */
    private ByteBuf takeParts(int count) {
        // Room for all, so that adding copies nothing.
        CompositeByteBuf parts = allocator.compositeDirectBuffer(count);
        try {
            int left = count;
            while (left > 0) {
                int small = isSmall(buffers.peek()) ? smallAtHead(left) : 0;
                parts.addComponent(true, small > 0 ? takeSmall(small) : takeHead());
                left -= Math.max(1, small);
            }
            return parts;
        } catch (RuntimeException | Error e) {
            parts.release();
            throw e;
        }
    }

    /** How many of the first so many buffers, before a large one, are to be copied together. */
    private int smallAtHead(int count) {
        int small = 0;
        for (ByteBuf buffer : buffers) {
            if (small == count || !isSmall(buffer)) {
                break;
            }
            small++;
        }
        return small;
    }

    private ByteBuf takeSmall(int count) {
        if (count == 1) {
            return takeHead();
        }
        int left = count;
        int takenBytes = 0;
        for (ByteBuf buffer : buffers) {
            if (left-- == 0) {
                break;
            }
            takenBytes += buffer.readableBytes();
        }
        ByteBuf copy = allocator.directBuffer(takenBytes, takenBytes);
        while (copy.isWritable()) {
            ByteBuf buffer = buffers.poll();
            try {
                buffer.readBytes(copy, buffer.readableBytes());
            } finally {
                buffer.release();
            }
        }
        return copy;
    }

    void release() {
        buffers.forEach(ByteBuf::release);
        buffers.clear();
        bytes = 0;
    }
}
