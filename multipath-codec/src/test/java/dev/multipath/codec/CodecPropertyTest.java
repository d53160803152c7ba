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
    private static final int[] PIECE_BYTES = {1, 2, 3, 17, 100, 1023, 1460, 4096, 8192, 65_536};

    @Property(tries = TRIES)
    void shouldDecodeAlikeHoweverTheBytesAreSplit(@ForAll long seed) {
        Random random = new Random(seed);
        List<MultipathMessage> messages = new RandomMessages(random).ofASubflow();
        ByteBuf bytes = Unpooled.buffer();
        messages.forEach(message -> writeInAnyForm(random, message, bytes));
        if (messages.contains(ControlFrame.EXTENDED)) {
            writeUnknown(random, bytes);
        }
        EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameDecoder());
        receiveInPieces(random, bytes, channel);

        assertThat(Bytes.messages(channel)).isEqualTo(messages);
        assertThat(channel.finish()).isFalse();
    }

    @Property(tries = TRIES)
    void shouldDecodeWhatTheEncoderWrote(@ForAll long seed) {
        Random random = new Random(seed);
        List<MultipathMessage> messages = new RandomMessages(random).ofASubflow();
        EmbeddedChannel encoder = new EmbeddedChannel(new MultipathFrameEncoder());
        for (MultipathMessage message : messages) {
            encoder.write(
                    Bytes.toWrite(message), random.nextInt(4) == 0 ? encoder.newPromise() : encoder.voidPromise());
            if (random.nextInt(4) == 0) {
                encoder.flush();
            }
        }
        encoder.flush();
        ByteBuf shortest = Unpooled.buffer();
        messages.forEach(message -> PlainEncoding.shortest().write(message, shortest));
        ByteBuf bytes = Bytes.written(encoder);
        assertThat(bytes).isEqualTo(shortest);
        encoder.finishAndReleaseAll();

        EmbeddedChannel decoder = new EmbeddedChannel(new MultipathFrameDecoder());
        receiveInPieces(random, bytes, decoder);
        assertThat(Bytes.messages(decoder)).isEqualTo(messages);
        assertThat(decoder.finish()).isFalse();
    }

    @Property(tries = TRIES)
    void shouldFailOnlyWithAProtocolExceptionAndHoldNothingWhenTheBytesAreGarbage(@ForAll long seed) {
        Random random = new Random(seed);
        ByteBuf bytes = Unpooled.buffer();
        if (random.nextBoolean()) {
            new RandomMessages(random).ofASubflow().forEach(message -> writeInAnyForm(random, message, bytes));
        }
        bytes.writeBytes(Bytes.random(seed, random.nextInt(2000)));
        for (int flips = random.nextInt(4); flips > 0 && bytes.isReadable(); flips--) {
            bytes.setByte(random.nextInt(Math.min(bytes.readableBytes(), 200)), random.nextInt());
        }
        assertThatItFailsProperly(random, bytes, random.nextInt(80_000) + 1);
    }

    @Property(tries = 10 * TRIES)
    void shouldFailOnlyWithAProtocolExceptionAndHoldNothingWhenAnExtendedPayloadIsGarbage(@ForAll long seed) {
        Random random = new Random(seed);
        RandomMessages messages = new RandomMessages(random);
        ByteBuf bytes = Unpooled.buffer();
        writeInAnyForm(random, new Preface(ConnectionId.ZERO), bytes);
        writeInAnyForm(random, ControlFrame.EXTENDED, bytes);
        for (int frames = random.nextInt(4); frames > 0; frames--) {
            writeInAnyForm(random, messages.extendedFrame(), bytes);
        }
        if (random.nextBoolean()) {
            int type = 2 + random.nextInt(8);
            ByteBuf payload = messages.payload(1 + random.nextInt(1 << random.nextInt(13)));
            payload.setByte(0, random.nextInt(5));
            PlainEncoding.anyForm(random).writeExtended(type, payload, bytes);
        } else {
            // One byte other than it was meant, in one of the last frames.
            bytes.setByte(
                    bytes.writerIndex() - 1 - random.nextInt(Math.min(bytes.readableBytes(), 100)), random.nextInt());
        }
        assertThatItFailsProperly(random, bytes, DataFrame.MAX_PAYLOAD_BYTES);
    }

    private static void assertThatItFailsProperly(Random random, ByteBuf bytes, int maxPayloadBytes) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameDecoder(maxPayloadBytes));
        channel.config().setAllocator(allocator);
        List<MultipathMessage> messages = new ArrayList<>();
        int exceptions = 0;
        while (bytes.isReadable()) {
            exceptions += failures(() -> receivePiece(random, bytes, channel));
            messages.addAll(Bytes.messages(channel));
        }
        exceptions += failures(channel::finishAndReleaseAll);

        assertThat(exceptions).isLessThanOrEqualTo(1);
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        assertThat(Bytes.decoded(Bytes.encoded(messages))).isEqualTo(messages);
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

    private static void receiveInPieces(Random random, ByteBuf bytes, EmbeddedChannel channel) {
        while (bytes.isReadable()) {
            receivePiece(random, bytes, channel);
        }
    }

    /** Hands over pieces in buffers of their own, as reads of a socket do; small ones in runs. */
    private static void receivePiece(Random random, ByteBuf bytes, EmbeddedChannel channel) {
        int pieceBytes = PIECE_BYTES[random.nextInt(PIECE_BYTES.length)];
        for (int run = random.nextInt(8); run >= 0 && bytes.isReadable(); run--) {
            int length = Math.min(pieceBytes, bytes.readableBytes());
            ByteBuf piece = ByteBufAllocator.DEFAULT.buffer(length).writeBytes(bytes, length);
            channel.writeInbound(piece);
        }
    }

    private static void writeInAnyForm(Random random, MultipathMessage message, ByteBuf out) {
        PlainEncoding.anyForm(random).write(message, out);
        if (message instanceof ExtendedFrame && random.nextInt(4) == 0) {
            writeUnknown(random, out);
        }
    }

    /** A frame that is to be skipped. */
    private static void writeUnknown(Random random, ByteBuf out) {
        int type = 7 + random.nextInt(3);
        ByteBuf payload = Bytes.random(random.nextLong(), 1 + random.nextInt(40));
        payload.setByte(0, 5 + random.nextInt(250));
        PlainEncoding.anyForm(random).writeExtended(type, payload, out);
    }
}
