package dev.multipath.channel;

import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.codec.ResetFrame;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FileRegion;
import io.netty.util.internal.StringUtil;
import java.io.IOException;

/**
 * Moves what an application has flushed from its channel's buffer into the session, which completes the promises. Files
 * are read in frames, as the session has room for them.
 *
 * <p>What was flushed goes ahead of the end, room or not. A file is the exception: if it is not read whole when its
 * channel closes, or cannot be read, the session ends by a RESET ({@code INCOMPLETE}). To send it would mean to hold
 * it in memory, and a FIN behind a part of it would be a lie.
 */
final class ChannelOutput {

    /** One of Netty's 31 reasons for a channel not to be writable; its own handlers use the lowest. */
    private static final int LAST_WRITABILITY = 31;

    /** For the peer's people. What exactly, is this end's business: it may name a file. */
    private static final String UNREADABLE = "something written cannot be read";

    /** How what a session that is over will never take has been refused so far. */
    private enum Refusal {
        NONE,
        /** What waited when it ended has failed. */
        DONE,
        /** What was written since fails in a turn of its own. */
        UNDER_WAY
    }

    private final SessionChannel channel;
    private Refusal refusal = Refusal.NONE;

    /** The buffer's first message was taken, and is there only until the listeners of its progress have been told. */
    private boolean firstTaken;

    ChannelOutput(SessionChannel channel) {
        this.channel = channel;
    }

    /**
     * What is to be written of a message. A buffer that others may have too gets indices of its own, as with the socket channels,
     * which copy what is on the heap: who writes one that is shared, or writes it twice, finds it as it was. The indices of a small
     * one nobody moves who takes it whole, as a session does.
     *
     * @param begun whether there is a session
     * @throws UnsupportedOperationException if it cannot
     */
    static Object requireWritable(Object message, boolean begun) {
        if (message instanceof ByteBuf buffer) {
            return isOwn(buffer) || (begun && isSmall(buffer)) ? buffer : buffer.slice();
        }
        if (message instanceof PrioritizedWrite prioritized) {
            return prioritized.replace(prioritized.content().slice());
        }
        if (message instanceof FileRegion) {
            return message;
        }
        throw new UnsupportedOperationException("unsupported message type: " + StringUtil.simpleClassName(message)
                + " (expected: ByteBuf, PrioritizedWrite, FileRegion)");
    }

    /** Whether nobody has it but who writes it. */
    private static boolean isOwn(ByteBuf buffer) {
        return buffer.refCnt() == 1 && buffer.unwrap() == null;
    }

    private static boolean isSmall(ByteBuf buffer) {
        return buffer.readableBytes() < MultipathFrameEncoder.GATHER_THRESHOLD_BYTES;
    }

    private static boolean isSmallAndShared(ByteBuf buffer) {
        return isSmall(buffer) && !isOwn(buffer);
    }

    /**
     * As far as the session has room; what a session that is over will never take fails.
     *
     * @throws IOException if a file cannot be read. Then, and whatever else a message of the application's throws, the session
     *     is given up
     */
    void write(ChannelOutboundBuffer in, DrivenSession driver) throws IOException {
        try {
            removeTaken(in);
            writeWhatHasRoom(in, driver);
        } catch (IOException | RuntimeException | Error e) {
            abandon(driver, UNREADABLE);
            throw e;
        }
    }

    /** As {@link #write}, when the session may have got room. */
    void writeMore(DrivenSession driver) {
        ChannelOutboundBuffer in = buffer();
        if (in != null) {
            try {
                write(in, driver);
            } catch (IOException | RuntimeException | Error e) {
                channel.onWriteError(e);
            }
        }
    }

    /** Null if nothing is taken from it any more. */
    private ChannelOutboundBuffer buffer() {
        return channel.isActive() ? channel.unsafe().outboundBuffer() : null;
    }

    /** A part of what was flushed will never be sent: the peer must not take what it has for the whole. */
    private static void abandon(DrivenSession driver, String reason) {
        driver.session().abort(ResetFrame.INCOMPLETE, reason);
    }

    private void writeWhatHasRoom(ChannelOutboundBuffer in, DrivenSession driver) throws IOException {
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
            if (message instanceof PrioritizedWrite prioritized) {
                take(in, prioritized, session, capacityBytes);
                continue;
            }
            int maxFrameBytes = channel.multipathConfig().get(MultipathChannelOption.MAX_FRAME_BYTES);
            if (!writePiece(in, (FileRegion) message, session, (int) Math.min(capacityBytes, maxFrameBytes))) {
                // Nobody tells when it has something again: try soon, as a socket channel does.
                driver.eventLoop().execute(driver::pump);
                break;
            }
        }
        failUnwanted(in, driver);
    }

    /**
     * What waits fails at once, or who waits for room would wait for ever, and not read what tells him of the end. What is written
     * later fails later: else the channel would be writable after each write, and who writes as long as it is would never
     * stop, and the event loop do nothing else.
     */
    private void failUnwanted(ChannelOutboundBuffer in, DrivenSession driver) {
        MultipathException failure = in.current() == null ? null : driver.end().outputFailure();
        if (failure == null) {
            return;
        }
        if (refusal == Refusal.NONE) {
            failWaiting(in, failure);
        } else if (refusal == Refusal.DONE) {
            refusal = Refusal.UNDER_WAY;
            driver.eventLoop().execute(() -> {
                ChannelOutboundBuffer later = buffer();
                if (later != null) {
                    failWaiting(later, failure);
                }
            });
        }
    }

    /** But not what is written because of that. */
    private void failWaiting(ChannelOutboundBuffer in, MultipathException failure) {
        refusal = Refusal.DONE;
        for (int waiting = in.size(); waiting > 0 && in.current() != null; waiting--) {
            in.remove(failure);
        }
    }

    /** A small one that others have too goes whole: its indices are to stay as they are, and it is little more than there is room for. */
    private void write(ChannelOutboundBuffer in, ByteBuf message, MultipathSession session, long capacityBytes) {
        if (message.readableBytes() > capacityBytes && !isSmallAndShared(message)) {
            session.send(message.retainedSlice(message.readerIndex(), (int) capacityBytes));
            in.removeBytes(capacityBytes);
        } else {
            take(in, message, session);
        }
    }

    /** A piece of a file. Returns false if the file gives nothing, although it has not given all. */
    private boolean writePiece(ChannelOutboundBuffer in, FileRegion region, MultipathSession session, int bytes)
            throws IOException {
        FileRegions.Piece piece = FileRegions.read(region, channel.alloc(), bytes);
        boolean any = piece.bytes().isReadable();
        session.send(piece.bytes());
        boolean whole = region.transferred() >= region.count();
        firstTaken = whole;
        in.progress(piece.progress());
        removeTaken(in);
        return whole || any;
    }

    /**
     * All buffers that were flushed, before our direction ends, whether there is room or not; but not what is written
     * because of that, and the channel does not become writable by it, since it would be for nothing. A file that is not
     * read to its end would have to be held in memory, so the session is given up then.
     */
    void flushAll(DrivenSession driver) {
        ChannelOutboundBuffer in = buffer();
        if (in == null) {
            return;
        }
        try {
            removeTaken(in);
            if (!in.isWritable()) {
                in.setUserDefinedWritability(LAST_WRITABILITY, false);
            }
            for (int flushed = in.size(); driver.isOutputOpen() && flushed > 0 && in.current() != null; flushed--) {
                if (in.current() instanceof ByteBuf message) {
                    take(in, message, driver.session());
                } else if (in.current() instanceof PrioritizedWrite prioritized) {
                    take(in, prioritized, driver.session(), Long.MAX_VALUE);
                } else {
                    abandon(driver, "closed before all of a file was sent");
                }
            }
        } catch (RuntimeException | Error e) {
            abandon(driver, UNREADABLE);
            // Nobody hears of it else: the end that is under way goes on.
            in.remove(e);
        }
    }

    private void take(ChannelOutboundBuffer in, ByteBuf message, MultipathSession session) {
        int bytes = message.readableBytes();
        if (isSmallAndShared(message)) {
            session.sendShared(message.retain());
        } else {
            session.send(message.retain());
        }
        firstTaken = true;
        in.progress(bytes);
        removeTaken(in);
    }

    /** As much of it as there is room for; the buffer's own means are for plain buffers only. */
    private void take(
            ChannelOutboundBuffer in, PrioritizedWrite message, MultipathSession session, long capacityBytes) {
        ByteBuf content = message.content();
        int bytes = (int) Math.min(content.readableBytes(), capacityBytes);
        session.send(content.readRetainedSlice(bytes), message.urgency(), message.deadlineNanos());
        firstTaken = !content.isReadable();
        in.progress(bytes);
        removeTaken(in);
    }

    /** Once: a listener of its progress may have written and flushed, or closed, which comes here first. */
    private void removeTaken(ChannelOutboundBuffer in) {
        if (firstTaken) {
            firstTaken = false;
            in.remove();
        }
    }
}
