package dev.multipath.channel;

import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FileRegion;
import java.io.IOException;

/**
 * Moves what an application has flushed from its channel's buffer into the session, which completes the promises. Files
 * are read in frames, as the session has room for them.
 */
final class ChannelOutput {

    private ChannelOutput() {}

    /**
     * As far as the session has room; what a failed session will never take fails.
     *
     * @throws IOException if a file cannot be read
     */
    static void write(ChannelOutboundBuffer in, SessionDriver driver, ByteBufAllocator allocator, int maxFrameBytes)
            throws IOException {
        MultipathSession session = driver.session();
        Object message;
        long capacityBytes;
        while (driver.isOutputOpen()
                && (capacityBytes = session.sendCapacityBytes()) > 0
                && (message = in.current()) != null) {
            if (message instanceof ByteBuf buffer) {
                write(in, buffer, session, capacityBytes);
                continue;
            }
            int maxBytes = (int) Math.min(capacityBytes, maxFrameBytes);
            if (!writeFrame(in, (FileRegion) message, session, allocator, maxBytes)) {
                // Nobody tells when it has something again: try soon, as a socket channel does.
                driver.eventLoop().execute(driver::pump);
                break;
            }
        }
        MultipathException failure = session.failure();
        while (failure != null && in.current() != null) {
            in.remove(failure);
        }
    }

    private static void write(ChannelOutboundBuffer in, ByteBuf message, MultipathSession session, long capacityBytes) {
        if (message.readableBytes() > capacityBytes) {
            session.send(message.retainedSlice(message.readerIndex(), (int) capacityBytes));
            in.removeBytes(capacityBytes);
        } else {
            take(in, message, session);
        }
    }

    /** One frame of a file. Returns false if the file gives nothing, although it has not given all. */
    private static boolean writeFrame(
            ChannelOutboundBuffer in,
            FileRegion region,
            MultipathSession session,
            ByteBufAllocator allocator,
            int maxBytes)
            throws IOException {
        ByteBuf frame = FileRegions.read(region, allocator, maxBytes);
        int bytes = frame.readableBytes();
        session.send(frame);
        in.progress(bytes);
        if (region.transferred() >= region.count()) {
            in.remove();
            return true;
        }
        return bytes > 0;
    }

    /**
     * All buffers, before our direction ends, up to the first file: nothing is to hold a whole one. Not what the
     * application writes because this makes the channel writable again.
     *
     * @return whether that was all
     */
    static boolean writeAll(ChannelOutboundBuffer in, SessionDriver driver) {
        for (int flushed = in.size(); driver.isOutputOpen() && flushed > 0 && in.current() != null; flushed--) {
            if (!(in.current() instanceof ByteBuf message)) {
                return false;
            }
            take(in, message, driver.session());
        }
        return true;
    }

    private static void take(ChannelOutboundBuffer in, ByteBuf message, MultipathSession session) {
        session.send(message.retain());
        in.progress(message.readableBytes());
        in.remove();
    }
}
