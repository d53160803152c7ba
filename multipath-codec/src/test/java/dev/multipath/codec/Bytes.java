package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Bytes for the tests, on the heap where nothing has to be released. */
final class Bytes {
    private Bytes() {}

    /** The bytes of hexadecimal digits; blanks between them do not count. */
    static ByteBuf hex(String digits) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(digits.replace(" ", "")));
    }

    static ByteBuf random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    /** All that the channel wrote, in one buffer. */
    static ByteBuf written(EmbeddedChannel channel) {
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf part : writtenParts(channel)) {
            all.writeBytes(part);
        }
        return all;
    }

    /** Copies of the buffers that the channel wrote. */
    static List<ByteBuf> writtenParts(EmbeddedChannel channel) {
        List<ByteBuf> parts = new ArrayList<>();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            parts.add(copyAndRelease(part));
        }
        return parts;
    }

    /** Copies of the messages that the channel read. */
    static List<MultipathMessage> messages(EmbeddedChannel channel) {
        List<MultipathMessage> messages = new ArrayList<>();
        for (MultipathMessage message = channel.readInbound(); message != null; message = channel.readInbound()) {
            messages.add(
                    message instanceof DataFrame data
                            ? new DataFrame(data.frameNumber(), copyAndRelease(data.payload()))
                            : message);
        }
        return messages;
    }

    /** A copy of the readable bytes that nobody has to release. */
    static ByteBuf copyAndRelease(ByteBuf buffer) {
        try {
            return Unpooled.wrappedBuffer(ByteBufUtil.getBytes(buffer));
        } finally {
            buffer.release();
        }
    }
}
