package dev.multipath.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Reads files piece by piece, as a socket channel of Netty's does: asks a region for what comes next until it says that all of
 * its source is transferred, and not again. What it writes may be more than that, as of one that encrypts, or frames.
 *
 * <p>A piece is taken whole, since many regions have moved on when they write, and lose what a target does not take
 * (Netty's sockets mostly take all). The session cuts it into frames. Netty's own region goes on where the target
 * stopped, and is read by the frame.
 */
final class FileRegions {

    /**
     * What any region may write in one call, and one of Netty's own only as much as it is asked for: Linux lets a socket hold no
     * more by default (tcp_wmem), so a region that does not look at how much was taken would lose the rest there too.
     */
    static final int MAX_PIECE_BYTES = 4 << 20;

    private FileRegions() {}

    /**
     * What a region has given.
     *
     * @param bytes what it has written; may be none
     * @param progress how much of its source it says to have transferred by that
     */
    record Piece(ByteBuf bytes, long progress) {}

    /**
     * The region's next bytes; moves its position behind them.
     *
     * @param bytes where reading ends, if the region can end there
     * @return none if the region is at its end or gives none at the moment
     * @throws IOException if the file cannot be read, or is shorter than the region, or if the region has written more in one call
     *     than is taken and says that it is at its end
     */
    static Piece read(FileRegion region, ByteBufAllocator allocator, int bytes) throws IOException {
        long left = Math.max(0, region.count() - region.transferred());
        ByteBuf piece = allocator.ioBuffer((int) Math.min(bytes, left));
        // One of Netty's own goes on where the target has stopped; one that is made of it may not.
        boolean exact = region.getClass() == DefaultFileRegion.class;
        Target target = exact ? new Target(piece, bytes, true) : new Target(piece, MAX_PIECE_BYTES, false);
        long progress = 0;
        boolean read = false;
        try {
            // A region may be at its end before it has given so much, and must not be asked again then.
            long transferred = 1;
            while (transferred > 0 && piece.readableBytes() < bytes && region.transferred() < region.count()) {
                transferred = region.transferTo(target, region.transferred());
                progress += Math.max(0, transferred);
            }
            if (target.hasRefused() && region.transferred() >= region.count()) {
                throw new IOException("the region is at its end, but has kept nothing of what was not taken: more than "
                        + MAX_PIECE_BYTES + " bytes in one call");
            }
            read = true;
            return new Piece(piece, progress);
        } finally {
            if (!read) {
                piece.release();
            }
        }
    }

    /**
     * Takes whole whatever it is given, unless it is exact, until it has enough: many a region has moved on when it writes, and
     * has no second copy of what is not taken. A file that is copied here comes in small steps, and ends at the first that is
     * not taken.
     */
    private static final class Target implements WritableByteChannel {

        private final ByteBuf buffer;
        private final int enoughBytes;
        private final boolean exact;

        /** Whether something was left over of what it was given last. */
        private boolean refused;

        Target(ByteBuf buffer, int enoughBytes, boolean exact) {
            this.buffer = buffer;
            this.enoughBytes = enoughBytes;
            this.exact = exact;
        }

        boolean hasRefused() {
            return refused;
        }

        @Override
        public int write(ByteBuffer source) {
            int room = Math.max(0, enoughBytes - buffer.readableBytes());
            int bytes = exact ? Math.min(room, source.remaining()) : room > 0 ? source.remaining() : 0;
            buffer.writeBytes(source.slice(source.position(), bytes));
            source.position(source.position() + bytes);
            refused = source.hasRemaining();
            return bytes;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // The buffer goes on.
        }
    }
}
