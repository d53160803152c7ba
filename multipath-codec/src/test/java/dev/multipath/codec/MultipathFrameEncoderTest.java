package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Requirement;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MultipathFrameEncoderTest {
    private static final int GATHERED = MultipathFrameEncoder.GATHER_THRESHOLD_BYTES;
    private static final int HEADER_BYTES = 3;

    /** Tells what it has allocated and not got back, and fails when it shall. */
    private static final class TestAllocator extends AbstractByteBufAllocator {
        private final UnpooledByteBufAllocator heap = new UnpooledByteBufAllocator(false);
        private boolean exhausted;
        private int largestBuffer = Integer.MAX_VALUE;

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            if (exhausted) {
                throw new OutOfMemoryError("test");
            }
            return heap.heapBuffer(initialCapacity, Math.min(maxCapacity, largestBuffer));
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            return newHeapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }

        long usedBytes() {
            return heap.metric().usedHeapMemory();
        }
    }

    private final TestAllocator allocator = new TestAllocator();
    private final EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameEncoder());

    MultipathFrameEncoderTest() {
        channel.config().setAllocator(allocator);
    }

    @AfterEach
    void releaseEverything() {
        channel.finishAndReleaseAll();
        assertThat(allocator.usedBytes()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        // as Go's composeFrame writes them
        "0, 0000",
        "1, 0001",
        "2, 0002",
        "9, 0009",
        "10, 000a",
        "63, 003f",
        "64, 004040",
        "16384, 0080004000",
        "1073741824, 00c000000040000000",
        "4611686018427387903, 00ffffffffffffffff"
    })
    void shouldEncodeAcksAndControlFramesAsGoDoes(long number, String bytes) {
        channel.writeOutbound(number < 10 ? ControlFrame.of((int) number) : new AckFrame(number));

        assertThat(ByteBufUtil.hexDump(Bytes.written(channel))).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 10, 010a",
        "63, 63, 3f3f",
        "64, 64, 40404040",
        "16383, 10, 7fff0a",
        "16384, 16384, 8000400080004000",
        "1048576, 1073741824, 80100000c000000040000000"
    })
    void shouldEncodeDataFramesAsGoDoes(int payloadBytes, long frameNumber, String header) {
        ByteBuf payload = Bytes.random(1, payloadBytes);
        channel.writeOutbound(new DataFrame(frameNumber, payload.retainedDuplicate()));

        ByteBuf written = Bytes.written(channel);
        assertThat(ByteBufUtil.hexDump(written.readSlice(header.length() / 2))).isEqualTo(header);
        assertThat(written).isEqualTo(payload);
        assertThat(payload.refCnt()).isEqualTo(1);
    }

    @Test
    void shouldEncodeThePreface() {
        channel.writeOutbound(new Preface(new ConnectionId(0x0011223344556677L, 0x8899aabbccddeeffL)));
        channel.writeOutbound(new Preface(7, ConnectionId.ZERO));

        assertThat(ByteBufUtil.hexDump(Bytes.written(channel)))
                .isEqualTo("0000112233445566778899aabbccddeeff" + "0700000000000000000000000000000000");
    }

    @Test
    void shouldPassALargePayloadOnUncopiedBehindItsHeader() {
        ByteBuf payload = Bytes.random(1, GATHERED);
        channel.writeOutbound(new DataFrame(10, payload));
        ByteBuf header = channel.readOutbound();

        assertThat(header).isEqualTo(Bytes.hex("5000 0a"));
        assertThat(channel.<ByteBuf>readOutbound()).isSameAs(payload);
        header.release();
    }

    @Test
    void shouldWriteTheLargePartsOfAPayloadOneAfterTheOther() {
        ByteBuf first = Bytes.random(1, GATHERED);
        ByteBuf second = Bytes.random(2, GATHERED);
        ChannelFuture written = channel.write(new DataFrame(10, Bytes.composite(first, second)));
        assertThat(written.isDone()).isFalse();
        channel.flush();

        assertThat(written.isSuccess()).isTrue();
        assertThat(channel.<ByteBuf>readOutbound().release()).isTrue();
        assertThat(channel.<ByteBuf>readOutbound()).isSameAs(first);
        assertThat(channel.<ByteBuf>readOutbound()).isSameAs(second);
        assertThat(first.release() && second.release()).isTrue();
    }

    @Test
    void shouldLeaveAPayloadOfManySmallPartsToTheChannel() {
        CompositeByteBuf payload = Bytes.composite(Bytes.random(1, GATHERED), Bytes.random(2, 1));
        channel.writeOutbound(new DataFrame(10, payload));

        assertThat(channel.<ByteBuf>readOutbound().release()).isTrue();
        assertThat(channel.<ByteBuf>readOutbound()).isSameAs(payload);
        payload.release();
    }

    @Test
    void shouldCopyASmallPayloadBehindItsHeader() {
        channel.writeOutbound(new DataFrame(10, Bytes.random(1, GATHERED - 1)));

        assertThat(Bytes.writtenParts(channel))
                .singleElement()
                .matches(part -> part.readableBytes() == GATHERED - 1 + HEADER_BYTES);
    }

    @Test
    void shouldBatchTheSmallFramesAndHeadersBetweenLargePayloads() {
        ByteBuf payload = Bytes.random(1, GATHERED);
        writeVoid(ControlFrame.PING);
        writeVoid(new AckFrame(10));
        writeVoid(new DataFrame(10, payload.retainedDuplicate()));
        writeVoid(new AckFrame(11));
        writeVoid(new DataFrame(11, Bytes.hex("eeee")));
        writeVoid(new DataFrame(12, payload.retainedDuplicate()));
        writeVoid(ControlFrame.PONG);
        assertThat(channel.<ByteBuf>readOutbound()).isNull();
        channel.flush();

        assertThat(Bytes.writtenParts(channel))
                .containsExactly(
                        Bytes.hex("0000 000a 5000 0a"),
                        payload,
                        Bytes.hex("000b 02 0b eeee 5000 0c"),
                        payload,
                        Bytes.hex("0001"));
    }

    @Test
    void shouldBatchExtendedFramesAsOtherSmallOnes() {
        String reason = "x".repeat(ResetFrame.MAX_REASON_BYTES);
        writeVoid(ControlFrame.EXTENDED);
        writeVoid(new FinFrame(10));
        writeVoid(new ResetFrame(256, reason));
        writeVoid(new AckFrame(10));
        assertThat(channel.<ByteBuf>readOutbound()).isNull();
        channel.flush();

        assertThat(Bytes.writtenParts(channel))
                .containsExactly(Bytes.hex("0002 01050a 4402 06 4100" + "78".repeat(reason.length()) + "000a"));
    }

    @Test
    void shouldReplaceHalfACharacterInAReason() {
        channel.writeOutbound(new ResetFrame(0, "a\ud83db"), new PathCloseFrame(1, 1, "\ude00"));

        assertThat(Bytes.written(channel)).isEqualTo(Bytes.hex("04 06 00 613f62 04 08 020101 3f"));
    }

    @Test
    void shouldWriteNothingWhenItIsFlushedEmpty() {
        channel.flush();
        writeVoid(ControlFrame.PING);
        channel.flush();
        channel.flush();

        assertThat(Bytes.writtenParts(channel)).containsExactly(Bytes.hex("0000"));
    }

    @Test
    void shouldShowTheChannelABatchThatIsFull() {
        int frameBytes = 2 + 1024;
        int frames = 0;
        while (pendingBytes() == 0) {
            writeVoid(new DataFrame(10, Bytes.random(1, 1024 - 1)));
            frames++;
        }

        assertThat(frames * frameBytes)
                .isBetween(MultipathFrameEncoder.BATCH_BYTES, MultipathFrameEncoder.BATCH_BYTES + frameBytes);
        assertThat(pendingBytes()).isGreaterThanOrEqualTo(frames * frameBytes);
        channel.flush();
    }

    @Test
    void shouldWriteAtOnceAndInOrderWhenSomebodyAwaitsTheFrame() {
        writeVoid(ControlFrame.PING);
        ChannelFuture small = channel.write(new AckFrame(10));
        writeVoid(ControlFrame.PONG);
        ChannelFuture large = channel.write(new DataFrame(10, Bytes.random(1, GATHERED)));
        assertThat(pendingBytes()).isGreaterThan(GATHERED);
        assertThat(small.isDone()).isFalse();
        assertThat(large.isDone()).isFalse();
        channel.flush();

        assertThat(small.isSuccess()).isTrue();
        assertThat(large.isSuccess()).isTrue();
        assertThat(Bytes.writtenParts(channel))
                .containsExactly(Bytes.hex("0000 000a"), Bytes.hex("0001 5000 0a"), Bytes.random(1, GATHERED));
    }

    @Test
    void shouldWriteNothingOfAFrameWhosePromiseWasCancelled() {
        writeVoid(ControlFrame.PING);
        DataFrame frame = new DataFrame(10, Bytes.random(1, GATHERED));
        ChannelPromise promise = channel.newPromise();
        promise.cancel(false);
        channel.write(frame, promise);
        channel.flush();

        assertThat(frame.refCnt()).isZero();
        assertThat(Bytes.written(channel)).isEqualTo(Bytes.hex("0000"));
    }

    @Test
    void shouldNotLetACancellationTearAFrame() {
        writeVoid(ControlFrame.PING);
        ChannelFuture written = channel.write(new AckFrame(10));

        assertThat(written.cancel(false)).isFalse();
        channel.flush();
        assertThat(Bytes.written(channel)).isEqualTo(Bytes.hex("0000 000a"));
    }

    @Test
    void shouldPassOtherMessagesOnInOrder() {
        writeVoid(ControlFrame.PING);
        writeVoid("another handler's");
        writeVoid(ControlFrame.PONG);
        channel.flush();

        assertThat(Bytes.copyAndRelease(channel.readOutbound())).isEqualTo(Bytes.hex("0000"));
        assertThat(channel.<Object>readOutbound()).isEqualTo("another handler's");
        assertThat(Bytes.copyAndRelease(channel.readOutbound())).isEqualTo(Bytes.hex("0001"));
    }

    @Test
    void shouldPutNothingBetweenAHeaderAndItsPayloadWhenAWriteCausesAWrite() {
        DataFrame large = new DataFrame(10, Bytes.random(1, GATHERED));
        DataFrame reentrant = new DataFrame(11, Bytes.random(2, GATHERED));
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 1));
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            private boolean reacted;

            @Override
            public void channelWritabilityChanged(ChannelHandlerContext ctx) {
                if (!reacted) {
                    reacted = true;
                    ctx.write(new AckFrame(10));
                    ctx.write(reentrant, ctx.voidPromise());
                    ctx.writeAndFlush(new AckFrame(11), ctx.voidPromise());
                }
            }
        });
        writeVoid(large);

        assertThat(Bytes.writtenParts(channel))
                .containsExactly(
                        Bytes.hex("5000 0a"),
                        Bytes.random(1, GATHERED),
                        Bytes.hex("000a"),
                        Bytes.hex("5000 0b"),
                        Bytes.random(2, GATHERED),
                        Bytes.hex("000b"));
    }

    @Requirement("WIRE-3")
    @ParameterizedTest
    @CsvSource({"0", "1048577"})
    void shouldRefuseAPayloadThatChangedItsSizeToOneThatCannotBeSent(int payloadBytes) {
        ByteBuf payload = Bytes.random(1, DataFrame.MAX_PAYLOAD_BYTES + 1).writerIndex(1);
        DataFrame frame = new DataFrame(10, payload);
        payload.writerIndex(payloadBytes);
        writeVoid(ControlFrame.PING);
        ChannelFuture written = channel.write(frame);
        channel.flush();

        assertThat(written.cause()).isInstanceOf(IllegalArgumentException.class);
        assertThat(frame.refCnt()).isZero();
        assertThat(Bytes.written(channel)).isEqualTo(Bytes.hex("0000"));
    }

    @Test
    void shouldTellThePipelineWhenAFrameThatNobodyAwaitsIsRefused() {
        List<Throwable> caught = recordExceptions();
        DataFrame frame = new DataFrame(10, Bytes.hex("ff"));
        frame.payload().skipBytes(1);
        writeVoid(frame);

        assertThat(caught).singleElement().isInstanceOf(IllegalArgumentException.class);
        assertThat(frame.refCnt()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1", "100000"})
    void shouldReleaseAFrameThatThereIsNoMemoryFor(int payloadBytes) {
        DataFrame frame = new DataFrame(10, Bytes.random(1, payloadBytes));
        allocator.exhausted = true;
        ChannelFuture written = channel.write(frame);
        allocator.exhausted = false;
        channel.writeOutbound(ControlFrame.PING);

        assertThat(written.cause()).isInstanceOf(OutOfMemoryError.class);
        assertThat(frame.refCnt()).isZero();
        assertThat(Bytes.written(channel)).isEqualTo(Bytes.hex("0000"));
    }

    @Test
    void shouldWriteNothingOfAnExtendedFrameThatThereIsNoRoomFor() {
        allocator.largestBuffer = ResetFrame.MAX_REASON_BYTES;
        writeVoid(ControlFrame.PING);
        ChannelFuture written = channel.write(new ResetFrame(256, "x".repeat(ResetFrame.MAX_REASON_BYTES)));
        channel.flush();

        assertThat(written.cause()).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(Bytes.written(channel)).isEqualTo(Bytes.hex("0000"));
    }

    @Test
    void shouldReleaseWhatWaitsWhenTheChannelIsClosed() {
        ByteBuf payload = Bytes.random(1, GATHERED);
        writeVoid(new DataFrame(10, payload));
        writeVoid(new AckFrame(10));
        List<Throwable> caught = recordExceptions();
        channel.close();

        assertThat(channel.<ByteBuf>readOutbound()).isNull();
        assertThat(caught).isNotEmpty().allMatch(ClosedChannelException.class::isInstance);
        assertThat(payload.refCnt()).isZero();
        assertThat(allocator.usedBytes()).isZero();
    }

    @Test
    void shouldReleaseWhatIsWrittenAfterTheChannelWasClosed() {
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                ctx.write(new AckFrame(10), ctx.voidPromise());
            }
        });
        channel.close();
        ByteBuf payload = Bytes.random(1, GATHERED);
        ChannelFuture written = channel.write(new DataFrame(10, payload));

        assertThat(written.isDone()).isTrue();
        assertThat(written.isSuccess()).isFalse();
        assertThat(payload.refCnt()).isZero();
        assertThat(allocator.usedBytes()).isZero();
    }

    @Test
    void shouldPassOnWhatWaitsWhenItIsRemovedFromALivingChannel() {
        writeVoid(new AckFrame(10));
        channel.pipeline().remove(MultipathFrameEncoder.class);
        channel.flush();

        assertThat(Bytes.written(channel)).isEqualTo(Bytes.hex("000a"));
    }

    @Test
    void shouldPassOnWhatWaitsWhenItIsRemovedByAWriteOfItsOwn() {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 1));
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelWritabilityChanged(ChannelHandlerContext ctx) {
                if (ctx.pipeline().get(MultipathFrameEncoder.class) != null) {
                    ctx.write(new AckFrame(10), ctx.voidPromise());
                    ctx.pipeline().remove(MultipathFrameEncoder.class);
                }
            }
        });
        channel.write(ControlFrame.PING);
        channel.flush();

        assertThat(Bytes.written(channel)).isEqualTo(Bytes.hex("0000 000a"));
    }

    private void writeVoid(Object message) {
        channel.write(message, channel.voidPromise());
    }

    /** What the channel's watermarks see. */
    private long pendingBytes() {
        return channel.unsafe().outboundBuffer().totalPendingWriteBytes();
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
