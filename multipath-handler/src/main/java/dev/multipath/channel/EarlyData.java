package dev.multipath.channel;

import dev.multipath.path.EstablishedSubflow;
import dev.multipath.session.JoinOffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.internal.EmptyArrays;
import java.util.function.Predicate;

/**
 * The beginning of what a client's application has flushed while it connects: it goes along with the first request for a session,
 * a round trip before there is one ({@link MultipathChannelOption#EARLY_DATA}). Until the session is there all stays in the
 * channel's buffer, so that nothing is lost if another attempt is answered, and what was flushed fails if none is. Runs on the
 * channel's event loop.
 */
final class EarlyData {

    private byte[] bytes = EmptyArrays.EMPTY_BYTES;

    /** With which they went; null before. */
    private JoinOffer carrier;

    /**
     * What an attempt offers that asks for a session: the first one takes data along, if there are any.
     *
     * @param buffer the channel's
     */
    JoinOffer takeAlong(JoinOffer offer, ChannelOutboundBuffer buffer, int maxFrameBytes) {
        if (carrier != null || buffer == null) {
            return offer;
        }
        bytes = beginningOf(buffer, Math.min(maxFrameBytes, JoinOffer.MAX_EARLY_BYTES));
        carrier = bytes.length == 0 ? offer : offer.withEarlyData(bytes);
        return carrier;
    }

    private static byte[] beginningOf(ChannelOutboundBuffer buffer, int maxBytes) {
        ByteBuf beginning = Unpooled.buffer(0, maxBytes);
        forEachFlushed(buffer, content -> {
            int taken = Math.min(content.readableBytes(), beginning.maxWritableBytes());
            beginning.writeBytes(content, content.readerIndex(), taken);
            return beginning.maxWritableBytes() > 0;
        });
        byte[] taken = new byte[beginning.readableBytes()];
        beginning.readBytes(taken);
        return taken;
    }

    /**
     * A session begins, with this subflow: what went along with its request, if something did, is its first frame. To be called
     * before the session hears of what the subflow has brought: it may be the acknowledgement.
     *
     * @param buffer the channel's
     */
    void begin(EstablishedSubflow first, SubflowLink link, DrivenSession driver, ChannelOutboundBuffer buffer) {
        if (bytes.length == 0 || first.offer() != carrier || buffer == null) {
            bytes = EmptyArrays.EMPTY_BYTES;
            return;
        }
        long sentAtNanos = Math.max(0, SessionClock.nowNanos() - first.handshakeRttNanos());
        driver.session().onSentEarly(link.subflow(), Unpooled.wrappedBuffer(bytes), sentAtNanos);
    }

    /** The session is there, and has the beginning. */
    void settle(EstablishedSubflow first, DrivenSession driver, ChannelOutboundBuffer buffer) {
        if (bytes.length == 0 || buffer == null) {
            return;
        }
        if (driver.session().hasEndFrames()) {
            first.connection().closeAsUsual();
        }
        takeOut(buffer);
        bytes = EmptyArrays.EMPTY_BYTES;
    }

    /**
     * The messages stay, empty, for the write that follows: who hears that one of them is done may write on, which takes what is there
     * by then.
     */
    private void takeOut(ChannelOutboundBuffer buffer) {
        ByteBuf sent = Unpooled.wrappedBuffer(bytes);
        forEachFlushed(buffer, content -> {
            int taken = Math.min(content.readableBytes(), sent.readableBytes());
            content.skipBytes(taken);
            sent.skipBytes(taken);
            return sent.isReadable();
        });
    }

    /** Of the buffers that the flushed ones begin with, as long as it says so: a file, or what has an urgency of its own, is not early. */
    private static void forEachFlushed(ChannelOutboundBuffer buffer, Predicate<ByteBuf> action) {
        try {
            buffer.forEachFlushedMessage(message -> message instanceof ByteBuf content && action.test(content));
        } catch (Exception e) {
            throw new ChannelException(e);
        }
    }
}
