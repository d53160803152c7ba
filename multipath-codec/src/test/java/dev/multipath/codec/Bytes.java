package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Bytes for the tests, on the heap where nothing has to be released. */
final class Bytes {
    /** Without the leak detector, which is slow, and has nothing to find where all is released here. */
    private static final ByteBufAllocator UNTRACKED = new UnpooledByteBufAllocator(false, true);

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

    /** The buffers as parts of one. */
    static CompositeByteBuf composite(ByteBuf... parts) {
        return UNTRACKED.compositeBuffer().addComponents(true, parts);
    }

    /** What the encoder makes of the messages, which it leaves to the test. */
    static ByteBuf encoded(List<MultipathMessage> messages) {
        EmbeddedChannel encoder = new EmbeddedChannel(new MultipathFrameEncoder());
        encoder.config().setAllocator(UNTRACKED);
        messages.forEach(message -> encoder.write(toWrite(message), encoder.voidPromise()));
        encoder.flush();
        ByteBuf bytes = written(encoder);
        encoder.finish();
        return bytes;
    }

    /** What the decoder makes of the bytes in one read; they have to be without a violation. */
    static List<MultipathMessage> decoded(ByteBuf bytes) {
        EmbeddedChannel decoder = new EmbeddedChannel(new MultipathFrameDecoder());
        decoder.config().setAllocator(UNTRACKED);
        decoder.writeInbound(bytes);
        List<MultipathMessage> messages = messages(decoder);
        decoder.finish();
        return messages;
    }

    /** The message for an encoder, which releases it and moves the indices of its payload. */
    static MultipathMessage toWrite(MultipathMessage message) {
        return message instanceof DataFrame data
                ? new DataFrame(data.frameNumber(), data.payload().retainedDuplicate())
                : message;
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
