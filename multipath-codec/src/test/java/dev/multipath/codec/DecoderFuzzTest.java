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
    /** The first bytes of an input: the lengths of the pieces, taken in turns; 0 is all that is left. */
    private static final int SPLIT_BYTES = 4;

    /** Longer inputs make slow runs, and this one has room for the largest extended frame. */
    private static final int MAX_SEED_BYTES = ExtendedFrame.MAX_PAYLOAD_BYTES + 64;

    /** What the allocation of a buffer that grows may have more than twice its bytes. */
    private static final int SLACK_BYTES = 256;

    private static final byte[][] SPLITS = {{0, 0, 0, 0}, {1, 1, 1, 1}, {20, 1, 64, 0}};

    /** All that came out of a decoder: copies of the messages, and what it threw. */
    private record Decoded(List<MultipathMessage> messages, List<String> violations) {}

    static Stream<byte[]> vectors() {
        return ProtocolVectors.read().frames().stream()
                .map(vector -> subflow(vector.context(), vector.bytes()))
                .filter(subflow -> subflow.length <= MAX_SEED_BYTES)
                .flatMap(subflow ->
                        Stream.of(SPLITS).map(split -> ByteBufUtil.getBytes(Unpooled.wrappedBuffer(split, subflow))));
    }

    @MethodSource("vectors")
    @FuzzTest
    void shouldUnderstandOrRefuseAnyBytes(byte[] input) {
        if (input.length < SPLIT_BYTES) {
            return;
        }
        ByteBuf subflow = Unpooled.wrappedBuffer(input, SPLIT_BYTES, input.length - SPLIT_BYTES);
        Decoded decoded = decode(subflow.duplicate(), new byte[SPLIT_BYTES]);

        assertThat(decode(subflow.duplicate(), input)).isEqualTo(decoded);
        ByteBuf encoded = Bytes.encoded(decoded.messages);
        assertThat(encoded.readableBytes()).isLessThanOrEqualTo(subflow.readableBytes());
        assertThat(Bytes.decoded(encoded.copy())).isEqualTo(decoded.messages);
        assertThat(Bytes.encoded(Bytes.decoded(encoded.copy()))).isEqualTo(encoded);
    }

    private static Decoded decode(ByteBuf subflow, byte[] split) {
        Decoded decoded = new Decoded(new ArrayList<>(), new ArrayList<>());
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameDecoder(), new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                assertThat(cause).isInstanceOf(MultipathProtocolException.class);
                decoded.violations.add(cause.toString());
            }
        });
        channel.config().setAllocator(allocator);
        for (int piece = 0; subflow.isReadable(); piece++) {
            int length = Byte.toUnsignedInt(split[piece % SPLIT_BYTES]);
            int available = subflow.readableBytes();
            int pieceBytes = length == 0 ? available : Math.min(length, available);
            channel.writeInbound(allocator.buffer(pieceBytes).writeBytes(subflow, pieceBytes));
            decoded.messages.addAll(Bytes.messages(channel));
            assertThat(allocator.metric().usedHeapMemory())
                    .isLessThanOrEqualTo(
                            2L * Math.min(subflow.readerIndex(), DataFrame.MAX_PAYLOAD_BYTES) + SLACK_BYTES);
        }
        channel.finish();
        assertThat(channel.inboundMessages()).isEmpty();
        assertThat(decoded.violations).hasSizeLessThanOrEqualTo(1);
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        return decoded;
    }

    private static byte[] subflow(ProtocolVectors.Context context, byte[] bytes) {
        ByteBuf before = Bytes.hex(
                switch (context) {
                    case SUBFLOW -> "";
                    case BASE -> "00".repeat(Preface.LENGTH);
                    case EXTENDED -> "00".repeat(Preface.LENGTH) + "0002";
                });
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(before, Unpooled.wrappedBuffer(bytes)));
    }
}
