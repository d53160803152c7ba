package dev.multipath.channel;

import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;

/** Moves what an application has flushed from its channel's buffer into the session, which completes the promises. */
final class ChannelOutput {

    private ChannelOutput() {}

    /** As far as the session has room; what a failed session will never take fails. */
    static void write(ChannelOutboundBuffer in, SessionDriver driver) {
        MultipathSession session = driver.session();
        ByteBuf message;
        long capacityBytes;
        while (driver.isOutputOpen()
                && (capacityBytes = session.sendCapacityBytes()) > 0
                && (message = (ByteBuf) in.current()) != null) {
            if (message.readableBytes() > capacityBytes) {
                session.send(message.retainedSlice(message.readerIndex(), (int) capacityBytes));
                in.removeBytes(capacityBytes);
            } else {
                take(in, message, session);
            }
        }
        MultipathException failure = session.failure();
        while (failure != null && in.current() != null) {
            in.remove(failure);
        }
    }

    /**
     * Everything, before our direction ends. Not what the application writes because this makes the channel writable
     * again.
     */
    static void writeAll(ChannelOutboundBuffer in, SessionDriver driver) {
        for (int flushed = in.size(); driver.isOutputOpen() && flushed > 0 && in.current() != null; flushed--) {
            take(in, (ByteBuf) in.current(), driver.session());
        }
    }

    private static void take(ChannelOutboundBuffer in, ByteBuf message, MultipathSession session) {
        session.send(message.retain());
        in.progress(message.readableBytes());
        in.remove();
    }
}
