package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When extended frames are taken, and what becomes of their bytes; what is in them is up to the vectors. */
class ExtendedFrameDecoderTest {
    private static final String PREFACE = "00 00000000000000000000000000000000";
    private static final String SWITCH = "00 02";
    private static final String FIN_10 = "01 05 0a";
    private static final String UNKNOWN_TYPE = "02 09 ffff";

    /** Tells what it has allocated and not got back. */
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    private final EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameDecoder());

    ExtendedFrameDecoderTest() {
        channel.config().setAllocator(allocator);
    }

    @AfterEach
    void releaseEverything() {
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {SWITCH, "4000 02", "00 c000000000000002", SWITCH + SWITCH, "00 00 01 0a ff" + SWITCH + "00 0a"})
    void shouldTakeExtendedFramesBehindTheSwitch(String before) {
        receive(PREFACE + before);
        channel.releaseInbound();
        receive(FIN_10);

        assertThat(Bytes.messages(channel)).containsExactly(new FinFrame(10));
    }

    @Requirement("ERR-8")
    @ParameterizedTest
    @ValueSource(strings = {"", "00 00", "00 01", "00 03", "00 09", "00 0a", "01 0a 02", "02 0a 0002"})
    void shouldRefuseExtendedFramesWithoutTheSwitch(String before) {
        for (int type = 2; type <= 9; type++) {
            String frame = "01 0" + type + "0a";
            assertThatExceptionOfType(ReservedFrameNumberException.class)
                    .isThrownBy(() -> decodeAlone(PREFACE + before + frame))
                    .matches(
                            e -> e.streamOffset() == Bytes.hex(PREFACE + before).readableBytes());
        }
    }

    @Requirement("ERR-8")
    @ParameterizedTest
    @CsvSource({"0", "1"})
    void shouldRefuseAPayloadUnderPingAndPongEvenBehindTheSwitch(int number) {
        receive(PREFACE + SWITCH);

        assertThatExceptionOfType(ReservedFrameNumberException.class)
                .isThrownBy(() -> receive("01 0" + number + "0a"))
                .withMessage(
                        "payload of 1 bytes on the reserved frame number " + number + ", at byte 19 of the subflow");
        assertDiscardsEverything();
    }

    @Test
    void shouldNotTakeTheSwitchOfAnotherSubflow() {
        receive(PREFACE + SWITCH);

        assertThatExceptionOfType(ReservedFrameNumberException.class).isThrownBy(() -> decodeAlone(PREFACE + FIN_10));
    }

    @Requirement("EXT-5")
    @Test
    void shouldGoOnBehindSkippedFramesOfTheSameRead() {
        receive(PREFACE + SWITCH + UNKNOWN_TYPE + UNKNOWN_TYPE + "01 0a ff" + "02 08 7f00" + FIN_10 + UNKNOWN_TYPE);

        assertThat(Bytes.messages(channel))
                .containsExactly(
                        new Preface(ConnectionId.ZERO),
                        ControlFrame.EXTENDED,
                        new DataFrame(10, Bytes.hex("ff")),
                        new FinFrame(10));
    }

    @Test
    void shouldCountTheBytesOfSkippedFrames() {
        receive(PREFACE + SWITCH + UNKNOWN_TYPE + "02 07 7f00");

        assertThatExceptionOfType(MalformedFrameException.class)
                .isThrownBy(() -> receive("01 05 09"))
                .withMessage("malformed FIN frame (type 5): frame number 9 is below 10, at byte 27 of the subflow")
                .matches(e -> e.type() == 5 && e.streamOffset() == 27);
        assertDiscardsEverything();
    }

    @ParameterizedTest
    @ValueSource(strings = {SWITCH, SWITCH + UNKNOWN_TYPE, SWITCH + "01 07 7f"})
    void shouldReportNothingWhenTheSubflowEndsBehindASkippedFrame(String frames) {
        receive(PREFACE + frames);
        channel.releaseInbound();
        List<Throwable> caught = recordExceptions();
        channel.close();

        assertThat(caught).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"02 09 ff, 3", "02 05, 2", "4100 04 02 ffff, 6"})
    void shouldReportASubflowThatEndsInsideAnExtendedFrame(String frame, int received) {
        receive(PREFACE + SWITCH + UNKNOWN_TYPE);
        channel.releaseInbound();
        List<Throwable> caught = recordExceptions();
        receive(frame);
        channel.close();

        assertThat(caught)
                .singleElement()
                .isInstanceOf(TruncatedFrameException.class)
                .extracting(Throwable::getMessage)
                .isEqualTo("subflow ended after " + received + " bytes of a frame, at byte 23 of the subflow");
    }

    @Requirement("LIM-1")
    @Test
    void shouldAcceptTheLargestPayloadInPiecesOfAnySize() {
        ByteBuf frame = frame(ExtendedFrame.MAX_PAYLOAD_BYTES);
        receive(PREFACE + SWITCH);
        channel.releaseInbound();
        for (int pieceBytes : new int[] {1, 2, 1023, 1, 1024, 500, 1024}) {
            channel.writeInbound(frame.readRetainedSlice(pieceBytes));
        }
        assertThat(channel.<Object>readInbound()).isNull();
        channel.writeInbound(frame);

        assertThat(Bytes.messages(channel)).containsExactly(new FinFrame(10));
        assertThat(frame.refCnt()).isZero();
    }

    @Test
    void shouldReleaseTheReadBufferOfAFrameThatHasArrivedInPieces() {
        ByteBuf frame = frame(ExtendedFrame.MAX_PAYLOAD_BYTES);
        frame.setByte(3, 9);
        receive(PREFACE + SWITCH);
        channel.writeInbound(frame.readRetainedSlice(2000), frame.readRetainedSlice(2000));

        assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(() -> channel.writeInbound(frame));
        assertThat(frame.refCnt()).isZero();
    }

    @Test
    void shouldDecodeFromACompositeReadBuffer() {
        ByteBuf frame = frame(2000);
        CompositeByteBuf read = allocator.compositeBuffer();
        read.addComponent(true, Bytes.hex(PREFACE + SWITCH));
        read.addComponent(true, frame.readRetainedSlice(3));
        read.addComponent(true, frame);
        channel.writeInbound(read);

        assertThat(Bytes.messages(channel))
                .containsExactly(new Preface(ConnectionId.ZERO), ControlFrame.EXTENDED, new FinFrame(10));
        assertThat(frame.refCnt()).isZero();
    }

    @Requirement({"ERR-7", "LIM-1"})
    @ParameterizedTest
    @CsvSource({"5001 05, 4097", "80100000 09, 1048576"})
    void shouldRefuseALargerPayloadAsSoonAsItsTypeIsKnown(String header, int payloadBytes) {
        receive(PREFACE + SWITCH);

        assertThatExceptionOfType(FrameTooLargeException.class)
                .isThrownBy(() -> receive(header))
                .withMessage(
                        "payload of " + payloadBytes + " bytes is over the limit of 4096, at byte 19 of the subflow");
        assertDiscardsEverything();
    }

    @Test
    void shouldAllocateLittleWhenAnExtendedFrameIsOnlyAnnounced() {
        receive(PREFACE + SWITCH + "5000 03 0a");

        assertThat(allocator.metric().usedHeapMemory()).isLessThanOrEqualTo(256);
        channel.pipeline().remove(MultipathFrameDecoder.class);
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    /** A FIN with bytes behind its number; its payload as large as asked for. */
    private static ByteBuf frame(int payloadBytes) {
        ByteBuf frame = Unpooled.buffer();
        VarInt.write(frame, payloadBytes);
        return frame.writeByte(5).writeByte(10).writeBytes(Bytes.random(1, payloadBytes - 1));
    }

    private static void decodeAlone(String hex) {
        EmbeddedChannel alone = new EmbeddedChannel(new MultipathFrameDecoder());
        try {
            alone.writeInbound(Bytes.hex(hex));
        } finally {
            alone.finishAndReleaseAll();
        }
    }

    private void receive(String hex) {
        channel.writeInbound(Bytes.hex(hex));
    }

    /** Nothing more comes out: no message, no exception. */
    private void assertDiscardsEverything() {
        channel.releaseInbound();
        List<Throwable> caught = recordExceptions();
        receive(FIN_10 + SWITCH + "01 00 ff");
        channel.close();

        assertThat(channel.<Object>readInbound()).isNull();
        assertThat(caught).isEmpty();
    }

    private List<Throwable> recordExceptions() {
        List<Throwable> caught = new ArrayList<>();
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                caught.add(cause);
            }
        });
        return caught;
    }
}
