package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What holds for every stream of frames; each is drawn from a seed, which jqwik prints when it fails. */
class CodecPropertyTest {
    private static final int TRIES = 300;
    private static final int[] PAYLOAD_BYTES = {1, 2, 63, 64, 1023, 1024, 1400, 4095, 4096, 4097, 16_384, 70_000};
    private static final int[] PIECE_BYTES = {1, 2, 3, 17, 100, 1023, 1460, 4096, 8192, 65_536};

    @Property(tries = TRIES)
    void shouldDecodeAlikeHoweverTheBytesAreSplit(@ForAll long seed) {
        Random random = new Random(seed);
        List<MultipathMessage> messages = messages(random);
        ByteBuf bytes = Unpooled.buffer();
        messages.forEach(message -> encodeInAnyForm(random, message, bytes));
        EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameDecoder());
        writeInPieces(random, bytes, channel);

        assertThat(Bytes.messages(channel)).isEqualTo(messages);
        assertThat(channel.finish()).isFalse();
    }

    @Property(tries = TRIES)
    void shouldDecodeWhatTheEncoderWrote(@ForAll long seed) {
        Random random = new Random(seed);
        List<MultipathMessage> messages = messages(random);
        EmbeddedChannel encoder = new EmbeddedChannel(new MultipathFrameEncoder());
        for (MultipathMessage message : messages) {
            MultipathMessage written = message instanceof DataFrame data
                    ? new DataFrame(data.frameNumber(), data.payload().retainedDuplicate())
                    : message;
            encoder.write(written, random.nextInt(4) == 0 ? encoder.newPromise() : encoder.voidPromise());
            if (random.nextInt(4) == 0) {
                encoder.flush();
            }
        }
        encoder.flush();
        ByteBuf shortest = Unpooled.buffer();
        messages.forEach(message -> encode(message, 0, shortest));
        ByteBuf bytes = Bytes.written(encoder);
        assertThat(bytes).isEqualTo(shortest);
        encoder.finishAndReleaseAll();

        EmbeddedChannel decoder = new EmbeddedChannel(new MultipathFrameDecoder());
        writeInPieces(random, bytes, decoder);
        assertThat(Bytes.messages(decoder)).isEqualTo(messages);
        assertThat(decoder.finish()).isFalse();
    }

    @Property(tries = TRIES)
    void shouldFailOnlyWithAProtocolExceptionAndHoldNothingWhenTheBytesAreGarbage(@ForAll long seed) {
        Random random = new Random(seed);
        ByteBuf bytes = Unpooled.buffer();
        if (random.nextBoolean()) {
            messages(random).forEach(message -> encodeInAnyForm(random, message, bytes));
        }
        bytes.writeBytes(Bytes.random(seed, random.nextInt(2000)));
        for (int flips = random.nextInt(4); flips > 0 && bytes.isReadable(); flips--) {
            bytes.setByte(random.nextInt(Math.min(bytes.readableBytes(), 200)), random.nextInt());
        }
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameDecoder(random.nextInt(80_000) + 1));
        channel.config().setAllocator(allocator);
        int exceptions = 0;
        while (bytes.isReadable()) {
            exceptions += failures(() -> writePiece(random, bytes, channel));
            channel.releaseInbound();
        }
        exceptions += failures(channel::finishAndReleaseAll);

        assertThat(exceptions).isLessThanOrEqualTo(1);
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    /** 1 if the action was refused by the protocol; anything else that it throws fails the test. */
    private static int failures(Runnable action) {
        try {
            action.run();
            return 0;
        } catch (MultipathProtocolException e) {
            assertThat(e.streamOffset()).isNotNegative();
            return 1;
        }
    }

    private static List<MultipathMessage> messages(Random random) {
        List<MultipathMessage> messages = new ArrayList<>();
        messages.add(new Preface(new ConnectionId(random.nextLong(), random.nextLong())));
        for (int frames = random.nextInt(12); frames > 0; frames--) {
            messages.add(
                    switch (random.nextInt(3)) {
                        case 0 -> ControlFrame.of(random.nextInt(ControlFrame.MAX_NUMBER + 1));
                        case 1 -> new AckFrame(frameNumber(random));
                        default ->
                            new DataFrame(
                                    frameNumber(random), Bytes.random(random.nextLong(), oneOf(PAYLOAD_BYTES, random)));
                    });
        }
        return messages;
    }

    /** Of every length on the wire alike. */
    private static long frameNumber(Random random) {
        long bits = random.nextLong() & VarInt.MAX_VALUE;
        return Math.max(DataFrame.FIRST_FRAME_NUMBER, bits >>> random.nextInt(60));
    }

    private static void writeInPieces(Random random, ByteBuf bytes, EmbeddedChannel channel) {
        while (bytes.isReadable()) {
            writePiece(random, bytes, channel);
        }
    }

    /** Hands over pieces in buffers of their own, as reads of a socket do; small ones in runs. */
    private static void writePiece(Random random, ByteBuf bytes, EmbeddedChannel channel) {
        int pieceBytes = oneOf(PIECE_BYTES, random);
        for (int run = random.nextInt(8); run >= 0 && bytes.isReadable(); run--) {
            int length = Math.min(pieceBytes, bytes.readableBytes());
            ByteBuf piece = ByteBufAllocator.DEFAULT.buffer(length).writeBytes(bytes, length);
            channel.writeInbound(piece);
        }
    }

    private static void encodeInAnyForm(Random random, MultipathMessage message, ByteBuf out) {
        encode(message, random.nextInt(4), out);
    }

    /** A second encoder, of the plainest kind; may write varints up to three steps longer than they need to be. */
    private static void encode(MultipathMessage message, int longer, ByteBuf out) {
        if (message instanceof Preface preface) {
            out.writeByte(preface.version());
            out.writeLong(preface.connectionId().mostSignificantBits());
            out.writeLong(preface.connectionId().leastSignificantBits());
        } else if (message instanceof DataFrame data) {
            encodeVarInt(data.payload().readableBytes(), longer, out);
            encodeVarInt(data.frameNumber(), longer, out);
            out.writeBytes(data.payload().duplicate());
        } else {
            encodeVarInt(0, longer, out);
            encodeVarInt(message instanceof AckFrame ack ? ack.frameNumber() : controlNumber(message), longer, out);
        }
    }

    private static long controlNumber(MultipathMessage message) {
        return ((ControlFrame) message).number();
    }

    private static void encodeVarInt(long value, int longer, ByteBuf out) {
        int shortest = 0;
        while (shortest < 3 && value >>> (8 * (1 << shortest) - 2) != 0) {
            shortest++;
        }
        int prefix = Math.min(3, shortest + longer);
        int length = 1 << prefix;
        for (int i = length - 1; i >= 0; i--) {
            int bits = (int) (value >>> (8 * i)) & 0xff;
            out.writeByte(i == length - 1 ? bits | prefix << 6 : bits);
        }
    }

    private static int oneOf(int[] choices, Random random) {
        return choices[random.nextInt(choices.length)];
    }
}
