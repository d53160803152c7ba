package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.multipath.testing.ProtocolVectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for any bytes of a subflow, however they are split. In {@code mvn verify} it is tried on the vectors and on
 * the files in this class's directory of resources, in which findings end up; {@code mvn test -Dfuzz=MINUTES} looks for
 * more.
 */
class DecoderFuzzTest {
    /**
     * What an input begins with: what has come on the subflow before, and the lengths of the pieces, taken in turns, where
     * 0 is all that is left.
     */
    private static final int HEADER_BYTES = 3;

    /** Longer inputs make slow runs, and this one has room for the largest extended frame. */
    private static final int MAX_SEED_BYTES = ExtendedFrame.MAX_PAYLOAD_BYTES + 64;

    /** What the allocation of a buffer that grows may have more than twice its bytes. */
    private static final int SLACK_BYTES = 256;

    private static final int[][] SPLITS = {{0, 0}, {1, 1}, {2, 64}};

    /** All that came out of a decoder: copies of the messages, and what it threw. */
    private record Decoded(List<MultipathMessage> messages, List<String> violations) {}

    static Stream<byte[]> vectors() {
        return ProtocolVectors.read().frames().stream()
                .filter(vector -> vector.bytes().length <= MAX_SEED_BYTES)
                .flatMap(vector -> Stream.of(SPLITS).map(split -> input(vector, split)));
    }

    private static byte[] input(ProtocolVectors.FrameVector vector, int[] split) {
        byte[] header = {(byte) vector.context().ordinal(), (byte) split[0], (byte) split[1]};
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(header, vector.bytes()));
    }

    @MethodSource("vectors")
    @FuzzTest
    void shouldUnderstandOrRefuseAnyBytes(byte[] input) {
        if (input.length < HEADER_BYTES) {
            return;
        }
        ByteBuf subflow = Unpooled.buffer()
                .writeBytes(context(input[0]))
                .writeBytes(input, HEADER_BYTES, input.length - HEADER_BYTES);
        Decoded decoded = decode(subflow.duplicate(), 0, 0);

        assertThat(decode(subflow.duplicate(), Byte.toUnsignedInt(input[1]), Byte.toUnsignedInt(input[2])))
                .isEqualTo(decoded);
        ByteBuf encoded = Bytes.encoded(decoded.messages);
        assertThat(encoded.readableBytes()).isLessThanOrEqualTo(subflow.readableBytes());
        assertThat(Bytes.decoded(encoded.copy())).isEqualTo(decoded.messages);
        assertThat(Bytes.encoded(Bytes.decoded(encoded.copy()))).isEqualTo(encoded);
    }

    private static Decoded decode(ByteBuf subflow, int evenPieceBytes, int oddPieceBytes) {
        List<MultipathMessage> messages = new ArrayList<>();
        List<Throwable> caught = new ArrayList<>();
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameDecoder(), new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                // Judged later: the pipeline swallows what is thrown here.
                caught.add(cause);
            }
        });
        channel.config().setAllocator(allocator);
        for (int piece = 0; subflow.isReadable(); piece++) {
            int length = piece % 2 == 0 ? evenPieceBytes : oddPieceBytes;
            int available = subflow.readableBytes();
            int pieceBytes = length == 0 ? available : Math.min(length, available);
            channel.writeInbound(allocator.buffer(pieceBytes).writeBytes(subflow, pieceBytes));
            messages.addAll(Bytes.messages(channel));
            assertThat(allocator.metric().usedHeapMemory())
                    .isLessThanOrEqualTo(
                            2L * Math.min(subflow.readerIndex(), DataFrame.MAX_PAYLOAD_BYTES) + SLACK_BYTES);
        }
        channel.finish();
        assertThat(channel.inboundMessages()).isEmpty();
        assertThat(caught).hasSizeLessThanOrEqualTo(1).allMatch(MultipathProtocolException.class::isInstance);
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        return new Decoded(messages, caught.stream().map(Throwable::toString).toList());
    }

    private static ByteBuf context(byte number) {
        ProtocolVectors.Context[] contexts = ProtocolVectors.Context.values();
        return Bytes.hex(
                switch (contexts[Byte.toUnsignedInt(number) % contexts.length]) {
                    case SUBFLOW -> "";
                    case BASE -> "00".repeat(Preface.LENGTH);
                    case EXTENDED -> "00".repeat(Preface.LENGTH) + "0002";
                });
    }
}
