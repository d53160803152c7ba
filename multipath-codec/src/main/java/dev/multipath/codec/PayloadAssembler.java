package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;

/**
 * Puts one payload together from the pieces that the reads bring. Large pieces stay where they are, as retained slices
 * of their read buffers; small ones are copied, because each slice pins its whole read buffer. Nothing is allocated for
 * bytes that are only announced. A payload may pin all of the buffers of the reads that it came in, and is meant to be
 * used at once: who keeps it copies it, if it is a small part of them. Not thread safe; owned by one decoder.
 */
final class PayloadAssembler {
    /**
     * From this size on a piece is retained and not copied. Retaining is faster at any size (docs/PERFORMANCE.md, "Codec
     * thresholds"); this bounds what a peer can pin to 64 times what it sent, as read buffers have up to 64 KiB, and is
     * below the size of a full segment, so that bulk data is not copied on any path.
     */
    static final int RETAIN_THRESHOLD_BYTES = 1024;

    /** Of a payload up to this size, pieces are copied: those that have proved nothing can send no larger ones. */
    private static final int SMALL_PAYLOAD_BYTES = ExtendedFrame.MAX_PAYLOAD_BYTES;

    private int payloadBytes;
    private int missingBytes;

    /** What the retained pieces keep from being used again: whole read buffers. */
    private long pinnedBytes;

    /** The pieces before the tail: none, one, or a composite of several. */
    private ByteBuf pieces;

    private CompositeByteBuf composite;
    /** Where small pieces are copied to, until a large one follows. */
    private ByteBuf tail;

    /** Starts a payload. */
    void begin(int newPayloadBytes) {
        payloadBytes = newPayloadBytes;
        missingBytes = newPayloadBytes;
    }

    /**
     * Consumes what belongs to the current payload.
     *
     * @return the payload, which the caller then owns, or null while bytes of it are missing
     */
    ByteBuf read(ByteBufAllocator allocator, ByteBuf in) {
        int pieceBytes = Math.min(missingBytes, in.readableBytes());
        if (pieceBytes == payloadBytes) {
            // As nearly all do: nothing is noted of it, which would be work for the garbage collector.
            missingBytes = 0;
            return pieceBytes >= RETAIN_THRESHOLD_BYTES
                    ? in.readRetainedSlice(pieceBytes)
                    : copy(allocator, in, pieceBytes);
        }
        if (pieceBytes >= RETAIN_THRESHOLD_BYTES && payloadBytes > SMALL_PAYLOAD_BYTES) {
            appendTail(allocator);
            pinnedBytes += in.capacity();
            append(allocator, in.readRetainedSlice(pieceBytes));
        } else if (pieceBytes > 0) {
            copyToTail(allocator, in, pieceBytes);
        }
        missingBytes -= pieceBytes;
        return missingBytes == 0 ? take(allocator) : null;
    }

    int missingBytes() {
        return missingBytes;
    }

    /** What the pieces of an unfinished payload cost, the rest of their read buffers included. */
    long heldBytes() {
        return pinnedBytes + (tail == null ? 0 : tail.capacity());
    }

    /** Gives up the current payload. */
    void release() {
        if (pieces != null) {
            pieces.release();
        }
        if (tail != null) {
            tail.release();
        }
        clear();
    }

    private static ByteBuf copy(ByteBufAllocator allocator, ByteBuf in, int bytes) {
        return allocator.buffer(bytes, bytes).writeBytes(in, bytes);
    }

    private void copyToTail(ByteBufAllocator allocator, ByteBuf in, int pieceBytes) {
        if (tail == null) {
            tail = allocator.buffer(pieceBytes);
        }
        tail.writeBytes(in, pieceBytes);
    }

    private ByteBuf take(ByteBufAllocator allocator) {
        appendTail(allocator);
        ByteBuf payload = pieces;
        clear();
        return payload;
    }

    private void appendTail(ByteBufAllocator allocator) {
        if (tail != null) {
            ByteBuf piece = tail;
            tail = null;
            append(allocator, piece);
        }
    }

    private void append(ByteBufAllocator allocator, ByteBuf piece) {
        if (pieces == null) {
            pieces = piece;
            return;
        }
        if (composite == null) {
            // No limit of components: reaching one would copy everything, and the threshold bounds their number.
            composite = allocator.compositeBuffer(Integer.MAX_VALUE).addFlattenedComponents(true, pieces);
            pieces = composite;
        }
        composite.addFlattenedComponents(true, piece);
    }

    private void clear() {
        pieces = null;
        composite = null;
        tail = null;
        pinnedBytes = 0;
    }
}
