package dev.multipath.session.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A stream of pseudo-random bytes that is known by position, so that what arrives is checked without keeping what was
 * sent. The bytes repeat after a prime number of positions, too many for frames that changed places to look right.
 */
final class ByteStream {

    /** The largest piece. */
    static final int MAX_PIECE_BYTES = 1 << 20;

    /** The largest prime below 2^20. */
    private static final int PERIOD = 1_048_573;

    private static final byte[] TABLE = new byte[PERIOD + MAX_PIECE_BYTES];

    static {
        SplittableRandom random = new SplittableRandom(42);
        for (int i = 0; i < PERIOD; i++) {
            TABLE[i] = (byte) random.nextInt();
        }
        System.arraycopy(TABLE, 0, TABLE, PERIOD, MAX_PIECE_BYTES);
    }

    private static final ByteBuf TABLE_BUFFER = Unpooled.wrappedBuffer(TABLE);

    private final int offset;

    ByteStream(int seed) {
        offset = Math.floorMod(seed, PERIOD);
    }

    ByteBuf piece(CountingAllocator allocator, long position, int bytes) {
        return allocator.wrap(TABLE, index(position), bytes);
    }

    boolean matches(long position, ByteBuf piece) {
        int from = index(position);
        if (!piece.hasArray()) {
            // Of several parts.
            return ByteBufUtil.equals(piece, piece.readerIndex(), TABLE_BUFFER, from, piece.readableBytes());
        }
        int first = piece.arrayOffset() + piece.readerIndex();
        return Arrays.equals(
                piece.array(), first, first + piece.readableBytes(), TABLE, from, from + piece.readableBytes());
    }

    private int index(long position) {
        return (int) ((offset + position) % PERIOD);
    }
}
