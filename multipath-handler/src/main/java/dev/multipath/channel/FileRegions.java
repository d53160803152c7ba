package dev.multipath.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.FileRegion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Reads files piece by piece. */
final class FileRegions {

    private FileRegions() {}

    /**
     * The region's next bytes; moves its position behind them.
     *
     * @return at most {@code maxBytes}; none if the region is at its end or gives none at the moment
     * @throws IOException if the file cannot be read, or is shorter than the region
     */
    static ByteBuf read(FileRegion region, ByteBufAllocator allocator, int maxBytes) throws IOException {
        int bytes = (int) Math.max(0, Math.min(maxBytes, region.count() - region.transferred()));
        ByteBuf piece = allocator.ioBuffer(bytes, bytes);
        boolean read = false;
        try {
            // A region may be at its end before it has filled the buffer, and must not be asked again then.
            long transferred = 1;
            while (transferred > 0 && piece.isWritable() && region.transferred() < region.count()) {
                transferred = region.transferTo(new Target(piece), region.transferred());
            }
            read = true;
            return piece;
        } finally {
            if (!read) {
                piece.release();
            }
        }
    }

    /** Takes as much as the buffer has room for. */
    private record Target(ByteBuf buffer) implements WritableByteChannel {

        @Override
        public int write(ByteBuffer source) {
            int bytes = Math.min(source.remaining(), buffer.writableBytes());
            buffer.writeBytes(source.slice(source.position(), bytes));
            source.position(source.position() + bytes);
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
