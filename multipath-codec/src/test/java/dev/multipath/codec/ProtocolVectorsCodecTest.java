package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.ProtocolVectors;
import dev.multipath.testing.ProtocolVectors.FrameVector;
import dev.multipath.testing.ProtocolVectors.Outcome;
import dev.multipath.testing.Requirement;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Whether the codec and the vectors agree, and whether the vectors cover the codec. */
class ProtocolVectorsCodecTest {
    private static final String PREFACE = "00 00000000000000000000000000000000";
    private static final String SWITCH = "00 02";

    private static final List<FrameVector> VECTORS = ProtocolVectors.read().frames();
    private static final List<FrameVector> CANONICAL = with(Outcome.CANONICAL).toList();

    /** Tells what it has allocated and not got back. */
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    private final List<Throwable> caught = new ArrayList<>();
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new MultipathFrameDecoder(), new ChannelInboundHandlerAdapter() {
                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                    caught.add(cause);
                }
            });

    ProtocolVectorsCodecTest() {
        channel.config().setAllocator(allocator);
    }

    @AfterEach
    void releaseEverything() {
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Requirement({"ERR-9", "ERR-21"})
    @ParameterizedTest
    @FieldSource("VECTORS")
    void shouldDecodeTheWhole(FrameVector vector) {
        long offset = receiveContext(vector);
        if (vector.bytes().length > 0) {
            channel.writeInbound(Unpooled.wrappedBuffer(vector.bytes()));
        }

        assertThatItCameOutAs(vector, offset);
    }

    @ParameterizedTest
    @FieldSource("VECTORS")
    void shouldDecodeByteByByte(FrameVector vector) {
        long offset = receiveContext(vector);
        for (int i = 0; i < vector.bytes().length; i++) {
            channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(vector.bytes(), i, 1));
        }

        assertThatItCameOutAs(vector, offset);
    }

    @Requirement("WIRE-1")
    @ParameterizedTest
    @FieldSource("CANONICAL")
    void shouldEncodeTheCanonical(FrameVector vector) {
        EmbeddedChannel encoder = new EmbeddedChannel(new MultipathFrameEncoder());
        for (MultipathMessage message : messages(vector)) {
            encoder.write(message, encoder.voidPromise());
        }
        encoder.flush();

        assertThat(ByteBufUtil.getBytes(Bytes.written(encoder))).isEqualTo(vector.bytes());
        encoder.finish();
    }

    @Requirement("WIRE-1")
    @Test
    void shouldNotCallCanonicalWhatTheEncoderWritesOtherwise() {
        assertThat(with(Outcome.DECODED).filter(vector -> !vector.messages().isEmpty()))
                .isNotEmpty()
                .allSatisfy(vector -> {
                    EmbeddedChannel encoder = new EmbeddedChannel(new MultipathFrameEncoder());
                    messages(vector).forEach(encoder::writeOutbound);
                    assertThat(ByteBufUtil.getBytes(Bytes.written(encoder)))
                            .as(vector.name())
                            .isNotEqualTo(vector.bytes());
                    encoder.finish();
                });
    }

    @Test
    void shouldHaveBothFormsOfEveryMessage() {
        Class<?>[] extended = ExtendedFrame.class.getPermittedSubclasses();
        Class<?>[] base = {Preface.class, DataFrame.class, AckFrame.class, ControlFrame.class};

        assertThat(typesOf(Outcome.CANONICAL)).contains(extended).contains(base);
        assertThat(typesOf(Outcome.DECODED)).contains(extended);
    }

    @Test
    void shouldHaveEveryViolationThatTheDecoderFinds() {
        assertThat(with(Outcome.REFUSED).map(FrameVector::exception))
                .contains(
                        UnexpectedVersionException.class.getSimpleName(),
                        TruncatedPrefaceException.class.getSimpleName(),
                        TruncatedFrameException.class.getSimpleName(),
                        FrameTooLargeException.class.getSimpleName(),
                        ReservedFrameNumberException.class.getSimpleName(),
                        MalformedFrameException.class.getSimpleName());
    }

    /** The number of bytes of it, all of whose messages are gone. */
    private long receiveContext(FrameVector vector) {
        ByteBuf context = Bytes.hex(
                switch (vector.context()) {
                    case SUBFLOW -> "";
                    case BASE -> PREFACE;
                    case EXTENDED -> PREFACE + SWITCH;
                });
        int length = context.readableBytes();
        channel.writeInbound(context);
        channel.releaseInbound();
        return length;
    }

    private void assertThatItCameOutAs(FrameVector vector, long offset) {
        channel.close();

        assertThat(Bytes.messages(channel)).isEqualTo(messages(vector));
        if (vector.outcome() != Outcome.REFUSED) {
            assertThat(caught).isEmpty();
        } else {
            assertThat(caught).singleElement().satisfies(e -> {
                assertThat(e.getClass().getSimpleName()).isEqualTo(vector.exception());
                assertThat(((MultipathProtocolException) e).streamOffset())
                        .isEqualTo(offset + vector.exceptionOffset());
            });
        }
    }

    private static Stream<FrameVector> with(Outcome outcome) {
        return VECTORS.stream().filter(vector -> vector.outcome() == outcome);
    }

    private static List<MultipathMessage> messages(FrameVector vector) {
        return vector.messages().stream().map(VectorMessage::of).toList();
    }

    private static Stream<Class<?>> typesOf(Outcome outcome) {
        return with(outcome).flatMap(vector -> messages(vector).stream()).map(Object::getClass);
    }
}
