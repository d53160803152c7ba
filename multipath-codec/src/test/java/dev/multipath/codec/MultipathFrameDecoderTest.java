package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipathFrameDecoderTest {
    private static final String PREFACE = "00 00000000000000000000000000000000";
    private static final int RETAINED = PayloadAssembler.RETAIN_THRESHOLD_BYTES;
    private static final int READ_BUFFER_BYTES = 64 * 1024;

    /** Tells what it has allocated and not got back. */
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    private final EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameDecoder());

    MultipathFrameDecoderTest() {
        channel.config().setAllocator(allocator);
    }

    @AfterEach
    void releaseEverything() {
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        // as Go's composeFrame writes them
        "00 00, ControlFrame[number=0]",
        "00 01, ControlFrame[number=1]",
        "00 02, ControlFrame[number=2]",
        "00 09, ControlFrame[number=9]",
        "00 0a, AckFrame[frameNumber=10]",
        "00 4040, AckFrame[frameNumber=64]",
        "00 80004000, AckFrame[frameNumber=16384]",
        "00 ffffffffffffffff, AckFrame[frameNumber=4611686018427387903]",
        // as Go would read them too
        "4000 0a, AckFrame[frameNumber=10]",
        "c000000000000000 c00000000000000a, AckFrame[frameNumber=10]",
        "00 4001, ControlFrame[number=1]"
    })
    void shouldDecodeAcksAndControlFramesOfEitherForm(String bytes, String frame) {
        receive(PREFACE + bytes);

        assertThat(Bytes.messages(channel))
                .extracting(Object::toString)
                .containsExactly(new Preface(ConnectionId.ZERO).toString(), frame);
    }

    @Requirement("WIRE-2")
    @ParameterizedTest
    @CsvSource({
        "03 0a 616263, 10",
        "03 3f 616263, 63",
        "03 4040 616263, 64",
        "03 bfffffff 616263, 1073741823",
        "03 c000000040000000 616263, 1073741824",
        "4003 400a 616263, 10",
        "80000003 8000000a 616263, 10",
        "c000000000000003 c00000000000000a 616263, 10"
    })
    void shouldDecodeDataFramesOfEitherForm(String bytes, long frameNumber) {
        receive(PREFACE + bytes);
        channel.<Preface>readInbound();

        assertThat(Bytes.messages(channel)).containsExactly(new DataFrame(frameNumber, Bytes.hex("616263")));
    }

    @Test
    void shouldDecodeThePrefaceBeforeAnyFrameHasArrived() {
        receive("00 00112233445566778899aabbccddee");
        assertThat(Bytes.messages(channel)).isEmpty();

        receive("ff");
        assertThat(Bytes.messages(channel))
                .containsExactly(new Preface(new ConnectionId(0x0011223344556677L, 0x8899aabbccddeeffL)));
    }

    @Test
    void shouldDecodeAllFramesOfOneRead() {
        receive(PREFACE + "00 00" + "01 0a ff" + "00 0a" + "02 0b eeee");

        assertThat(Bytes.messages(channel))
                .containsExactly(
                        new Preface(ConnectionId.ZERO),
                        ControlFrame.PING,
                        new DataFrame(10, Bytes.hex("ff")),
                        new AckFrame(10),
                        new DataFrame(11, Bytes.hex("eeee")));
    }

    @Requirement("LIM-1")
    @Test
    void shouldAcceptTheLargestPayload() {
        ByteBuf payload = Bytes.random(1, DataFrame.MAX_PAYLOAD_BYTES);
        receive(PREFACE + "80100000 0a");
        channel.writeInbound(payload.retainedDuplicate());
        channel.<Preface>readInbound();

        assertThat(Bytes.messages(channel)).containsExactly(new DataFrame(10, payload));
    }

    @Requirement("ERR-3")
    @Test
    void shouldRefuseAVersionBeforeTheConnectionIdHasArrived() {
        assertThatExceptionOfType(UnexpectedVersionException.class)
                .isThrownBy(() -> receive("01"))
                .withMessage("unexpected version 1 instead of 0 (is that a multipath peer?), at byte 0 of the subflow")
                .matches(e -> e.version() == 1 && e.streamOffset() == 0);
        assertDiscardsEverything();
    }

    @Requirement({"ERR-7", "LIM-1"})
    @ParameterizedTest
    @CsvSource({"80100001, 1048577", "ffffffffffffffff, 4611686018427387903"})
    void shouldRefuseASizeOverTheLimitBeforeTheFrameNumberHasArrived(String size, long payloadBytes) {
        receive(PREFACE + "00 00");

        assertThatExceptionOfType(FrameTooLargeException.class)
                .isThrownBy(() -> receive(size))
                .withMessage(
                        "payload of " + payloadBytes + " bytes is over the limit of 1048576, at byte 19 of the subflow")
                .matches(e -> e.payloadBytes() == payloadBytes && e.streamOffset() == 19);
        assertDiscardsEverything();
    }

    @Requirement("ERR-2")
    @Test
    void shouldHoldPayloadsToALimitOfItsOwn() {
        EmbeddedChannel small = new EmbeddedChannel(new MultipathFrameDecoder(2));

        assertThatExceptionOfType(FrameTooLargeException.class)
                .isThrownBy(() -> small.writeInbound(Bytes.hex(PREFACE + "02 0a ffff 03")));
        assertThat(Bytes.messages(small))
                .containsExactly(new Preface(ConnectionId.ZERO), new DataFrame(10, Bytes.hex("ffff")));
        small.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, DataFrame.MAX_PAYLOAD_BYTES + 1})
    void shouldRefuseALimitThatNoPayloadHas(int maxPayloadBytes) {
        assertThatIllegalArgumentException().isThrownBy(() -> new MultipathFrameDecoder(maxPayloadBytes));
    }

    @Requirement("ERR-8")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 9})
    void shouldRefuseAPayloadOnAReservedNumber(int frameNumber) {
        assertThatExceptionOfType(ReservedFrameNumberException.class)
                .isThrownBy(() -> receive(PREFACE + "03 0" + frameNumber + "ffffff"))
                .withMessage("payload of 3 bytes on the reserved frame number " + frameNumber
                        + ", at byte 17 of the subflow")
                .matches(e -> e.frameNumber() == frameNumber && e.streamOffset() == 17);
        channel.<Preface>readInbound();
        assertDiscardsEverything();
    }

    @Requirement("ERR-4")
    @Test
    void shouldReportATruncatedPrefaceBeforeTheChannelIsInactive() {
        List<String> events = recordEvents();
        receive("00 ffff");
        channel.close();

        assertThat(events)
                .containsExactly(
                        "TruncatedPrefaceException: subflow ended after 3 of the 17 bytes of a preface,"
                                + " at byte 3 of the subflow",
                        "inactive");
    }

    @Requirement("ERR-4")
    @ParameterizedTest
    @CsvSource({"40, 1", "01, 1", "01 40, 2", "01 0a, 2", "02 0a ff, 3"})
    void shouldReportATruncatedFrameBeforeTheChannelIsInactive(String bytes, int received) {
        receive(PREFACE + "00 00");
        channel.releaseInbound();
        List<String> events = recordEvents();
        receive(bytes);
        channel.close();

        assertThat(events)
                .containsExactly(
                        "TruncatedFrameException: subflow ended after " + received
                                + " bytes of a frame, at byte 19 of the subflow",
                        "inactive");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", PREFACE, PREFACE + "00 00", PREFACE + "01 0a ff"})
    void shouldReportNothingWhenTheSubflowEndsBetweenMessages(String bytes) {
        receive(bytes);
        channel.releaseInbound();
        List<String> events = recordEvents();
        channel.close();

        assertThat(events).containsExactly("inactive");
    }

    @Test
    void shouldReportATruncatedFrameOnceWhenTheInputIsShutDownFirst() {
        receive(PREFACE + "02 0a ff");
        channel.releaseInbound();
        List<String> events = recordEvents();
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        channel.close();

        assertThat(events).hasSize(2).last().isEqualTo("inactive");
        assertThat(events).first().asString().startsWith("TruncatedFrameException");
    }

    @Test
    void shouldReleaseAHalfReceivedPayloadWhenItIsRemoved() {
        receiveInBufferOf(READ_BUFFER_BYTES, PREFACE + "80010000 0a" + "ff".repeat(RETAINED));
        channel.releaseInbound();
        removeDecoder();

        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void shouldNotCopyALargePayload() {
        ByteBuf read = allocator.buffer(READ_BUFFER_BYTES).writeBytes(prefaceAndHeader(RETAINED));
        int payloadIndex = read.writerIndex();
        channel.writeInbound(read.writeBytes(Bytes.random(1, RETAINED)));
        channel.<Preface>readInbound();
        DataFrame frame = channel.readInbound();

        read.setByte(payloadIndex, 1);
        assertThat(frame.payload().getByte(0)).isEqualTo((byte) 1);
        read.setByte(payloadIndex, 2);
        assertThat(frame.payload().getByte(0)).isEqualTo((byte) 2);
        frame.release();
    }

    @Test
    void shouldNotPinAReadBufferForASmallPayload() {
        ByteBuf read = allocator.buffer(READ_BUFFER_BYTES).writeBytes(Bytes.hex(PREFACE + "01 0a ff"));
        channel.writeInbound(read);
        channel.<Preface>readInbound();
        DataFrame frame = channel.readInbound();

        assertThat(read.refCnt()).isZero();
        frame.release();
    }

    @Test
    void shouldNotCopyTheLargePiecesOfAPayload() {
        int pieces = 64;
        ByteBuf payload = Bytes.random(1, pieces * RETAINED);
        channel.writeInbound(prefaceAndHeader(pieces * RETAINED));
        long headersOnly = allocator.metric().usedHeapMemory();
        for (int piece = 0; piece < pieces; piece++) {
            channel.writeInbound(payload.retainedSlice(piece * RETAINED, RETAINED));
        }
        channel.<Preface>readInbound();
        DataFrame frame = channel.readInbound();

        assertThat(allocator.metric().usedHeapMemory()).isEqualTo(headersOnly);
        assertThat(frame.payload()).isEqualTo(payload);
        assertThat(frame.payload().nioBufferCount()).isEqualTo(pieces);
        frame.release();
        assertThat(payload.refCnt()).isEqualTo(1);
    }

    @Test
    void shouldKeepTheOrderWhenSmallAndLargePiecesAlternate() {
        int[] lengths = {1, RETAINED, 2, 3, RETAINED - 1, RETAINED + 1, RETAINED, 7};
        int payloadBytes = Arrays.stream(lengths).sum();
        ByteBuf payload = Bytes.random(2, payloadBytes);
        channel.writeInbound(prefaceAndHeader(payloadBytes));
        for (int length : lengths) {
            channel.writeInbound(payload.readBytes(length));
        }
        channel.<Preface>readInbound();

        assertThat(Bytes.messages(channel)).containsExactly(new DataFrame(10, payload.readerIndex(0)));
    }

    @Test
    void shouldAllocateLittleWhenALargePayloadIsOnlyAnnounced() {
        receive(PREFACE + "80100000 0a ff");

        assertThat(allocator.metric().usedHeapMemory()).isLessThanOrEqualTo(256);
        removeDecoder();
    }

    @Test
    void shouldHoldLittleMoreThanWhatArrivedWhenEveryByteComesInAReadBufferOfItsOwn() {
        int received = 20_000;
        receive(PREFACE + "80100000 0a");
        for (int i = 0; i < received; i++) {
            receiveInBufferOf(READ_BUFFER_BYTES / 8, "ff");
        }

        assertThat(allocator.metric().usedHeapMemory()).isBetween((long) received, 2L * received);
        removeDecoder();
    }

    @Test
    void shouldHoldAFixedMultipleOfWhatArrivedWhenAPeerAlternatesSmallAndLargePieces() {
        receive(PREFACE + "80100000 0a");
        int rounds = 100;
        for (int round = 0; round < rounds; round++) {
            receiveInBufferOf(READ_BUFFER_BYTES, "ff".repeat(RETAINED));
            receiveInBufferOf(READ_BUFFER_BYTES, "ff");
        }

        long received = rounds * (RETAINED + 1L);
        assertThat(allocator.metric().usedHeapMemory())
                .isLessThanOrEqualTo(received * READ_BUFFER_BYTES / RETAINED + 256);
        removeDecoder();
    }

    @Test
    void shouldDecodeTheSliceOfACompositeReadBuffer() {
        ByteBuf payload = Bytes.random(3, 2 * RETAINED);
        CompositeByteBuf read = allocator.compositeBuffer();
        read.addComponent(true, allocator.buffer().writeBytes(prefaceAndHeader(2 * RETAINED)));
        read.addComponent(true, payload.retainedSlice(0, RETAINED));
        read.addComponent(true, payload.retainedSlice(RETAINED, RETAINED));
        channel.writeInbound(read);
        channel.<Preface>readInbound();

        assertThat(Bytes.messages(channel)).containsExactly(new DataFrame(10, payload));
        assertThat(payload.refCnt()).isEqualTo(1);
    }

    private static ByteBuf prefaceAndHeader(int payloadBytes) {
        ByteBuf bytes = Unpooled.buffer().writeBytes(Bytes.hex(PREFACE));
        VarInt.write(bytes, payloadBytes);
        VarInt.write(bytes, 10);
        return bytes;
    }

    private void receive(String hex) {
        channel.writeInbound(Bytes.hex(hex));
    }

    private void receiveInBufferOf(int capacity, String hex) {
        channel.writeInbound(allocator.buffer(capacity).writeBytes(Bytes.hex(hex)));
    }

    /** Lets a test end inside a frame without an exception about that. */
    private void removeDecoder() {
        channel.pipeline().remove(MultipathFrameDecoder.class);
    }

    /** Nothing more comes out: no message, no exception, no event but the channel's end. */
    private void assertDiscardsEverything() {
        channel.releaseInbound();
        List<String> events = recordEvents();
        receive("00 00" + "01 0a ff" + "ffffffffffffffff");
        receive(PREFACE);
        assertThat(channel.<Object>readInbound()).isNull();
        channel.close();
        assertThat(events).containsExactly("inactive");
    }

    private List<String> recordEvents() {
        List<String> events = new ArrayList<>();
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                events.add(cause.getClass().getSimpleName() + ": " + cause.getMessage());
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                events.add("inactive");
            }
        });
        return events;
    }
}
