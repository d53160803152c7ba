package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The usual frames may go past the pipeline, on both ways: the same bytes, in the same order, and no garbage. */
class DirectFramesTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int FRAMES = 20_000;

    /** Without the leak detector, whose records are garbage too. */
    private static final ByteBufAllocator UNTRACKED = new UnpooledByteBufAllocator(true, true);

    private static final CumulativeAckFrame WITH_RANGES = new CumulativeAckFrame(20, 1000, new long[] {22, 23}, 5, 7);

    private final MultipathFrameDecoder decoder = new MultipathFrameDecoder();
    private final MultipathFrameEncoder encoder = new MultipathFrameEncoder();
    private final List<Object> arrived = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel(encoder, decoder, new ChannelInboundHandlerAdapter() {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            arrived.add("pipeline " + msg);
        }
    });

    private final FrameReceiver listing = new FrameReceiver() {
        @Override
        public void onData(long frameNumber, ByteBuf payload) {
            arrived.add("data " + frameNumber + " of " + payload.readableBytes());
            payload.release();
        }

        @Override
        public void onAck(long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
            arrived.add("ack " + nextExpected + " " + maxDataBytes + " " + subflowFrames + " " + ackDelayMicros);
        }
    };

    @AfterEach
    void tearDown() {
        channel.finishAndReleaseAll();
    }

    private static ByteBuf payload(int bytes) {
        return UNTRACKED.directBuffer(bytes).writeZero(bytes);
    }

    /** What leaves, in one piece. */
    private static ByteBuf written(EmbeddedChannel from) {
        ByteBuf all = UNTRACKED.buffer();
        ByteBuf bytes;
        while ((bytes = from.readOutbound()) != null) {
            all.writeBytes(bytes);
            bytes.release();
        }
        return all;
    }

    private static ByteBuf encoded(Frame... frames) {
        EmbeddedChannel other = new EmbeddedChannel(new MultipathFrameEncoder());
        other.writeOutbound((Object[]) frames);
        return written(other);
    }

    private void begin() {
        channel.writeInbound(Unpooled.buffer().writeZero(Preface.LENGTH));
        channel.writeInbound(encoded(ControlFrame.EXTENDED));
        arrived.clear();
    }

    @Test
    void shouldReceiveTheUsualFramesDirectlyAndAllOthersInTheirPlaceBetweenThem() {
        begin();
        decoder.receiver(listing);

        channel.writeInbound(encoded(
                new CumulativeAckFrame(12, 1000, 2, 5),
                new DataFrame(10, payload(64)),
                ControlFrame.PING,
                new DataFrame(11, payload(5000)),
                WITH_RANGES,
                new CumulativeAckFrame(13, 1001, 3, 6)));

        assertThat(arrived)
                .containsExactly(
                        "ack 12 1000 2 5",
                        "data 10 of 64",
                        "pipeline " + ControlFrame.PING,
                        "data 11 of 5000",
                        "pipeline " + WITH_RANGES,
                        "ack 13 1001 3 6");
        assertThat(decoder.messages()).isEqualTo(8);
    }

    @Test
    void shouldReceiveWhatComesByteByByte() {
        begin();
        decoder.receiver(listing);
        ByteBuf bytes = encoded(new CumulativeAckFrame(12, 1000, 2, 5), new DataFrame(10, payload(3)));
        while (bytes.isReadable()) {
            channel.writeInbound(bytes.readBytes(1));
        }
        bytes.release();

        // The acknowledgement is put together first, so it goes the way of all others.
        assertThat(arrived).containsExactly("pipeline " + new CumulativeAckFrame(12, 1000, 2, 5), "data 10 of 3");
    }

    /** The base class would read on, as it sees no message. */
    @Test
    void shouldNotReadOnByItselfWhenReadingIsTurnedOff() {
        begin();
        decoder.receiver(listing);
        int[] reads = {0};
        channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads[0]++;
            }
        });
        channel.config().setAutoRead(false);

        channel.writeInbound(encoded(new DataFrame(10, payload(64))));

        assertThat(arrived).hasSize(1);
        assertThat(reads[0]).isZero();
    }

    @Test
    void shouldWriteTheSameBytesAsThePipeline() {
        ByteBuf large = payload(MultipathFrameEncoder.GATHER_THRESHOLD_BYTES);
        encoder.writeAck(12, 1000, 2, 5);
        encoder.writeData(10, payload(64));
        encoder.writeData(11, large.retain());
        encoder.writeAck(13, 1 << 20, 3, 70_000);
        channel.flush();

        ByteBuf expected = encoded(
                new CumulativeAckFrame(12, 1000, 2, 5),
                new DataFrame(10, payload(64)),
                new DataFrame(11, large.duplicate()),
                new CumulativeAckFrame(13, 1 << 20, 3, 70_000));
        ByteBuf bytes = written(channel);
        assertThat(bytes).isEqualTo(expected);
        bytes.release();
        expected.release();
    }

    /** Between a header and its payload nothing else may go. */
    @Test
    void shouldWriteBehindAWriteThatIsUnderWay() {
        channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                ctx.pipeline().remove(this);
                encoder.writeAck(13, 1000, 3, 6);
                // Somebody else may have the indices of a small one.
                ByteBuf small = payload(5);
                encoder.writeData(12, small);
                small.skipBytes(5);
                ctx.write(msg, promise);
            }
        });
        encoder.writeData(10, payload(MultipathFrameEncoder.GATHER_THRESHOLD_BYTES));
        channel.flush();

        ByteBuf expected = encoded(
                new DataFrame(10, payload(MultipathFrameEncoder.GATHER_THRESHOLD_BYTES)),
                new CumulativeAckFrame(13, 1000, 3, 6),
                new DataFrame(12, payload(5)));
        ByteBuf bytes = written(channel);
        assertThat(bytes).isEqualTo(expected);
        bytes.release();
        expected.release();
    }

    @Test
    void shouldLeaveTheIndicesOfASmallPayloadAlone() {
        ByteBuf payload = payload(MultipathFrameEncoder.GATHER_THRESHOLD_BYTES - 1);
        encoder.writeData(10, payload.retain());
        channel.flush();

        assertThat(payload.readableBytes()).isEqualTo(MultipathFrameEncoder.GATHER_THRESHOLD_BYTES - 1);
        payload.release();
        written(channel).release();
    }

    @Test
    void shouldReleaseWhatIsWrittenWhenItsChannelIsClosed() {
        channel.close();
        ByteBuf payload = payload(64);
        ByteBuf large = payload(MultipathFrameEncoder.GATHER_THRESHOLD_BYTES);

        encoder.writeData(10, payload);
        encoder.writeData(11, large);
        encoder.writeAck(13, 1000, 3, 6);
        channel.flush();

        assertThat(payload.refCnt()).isZero();
        assertThat(large.refCnt()).isZero();
    }

    @Test
    void shouldRefuseAPayloadThatNoFrameMayHave() {
        ByteBuf empty = Unpooled.directBuffer(1);
        List<Throwable> refused = new ArrayList<>();
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                refused.add(cause);
            }
        });

        encoder.writeData(10, empty);

        assertThat(empty.refCnt()).isZero();
        assertThat(refused).singleElement().isInstanceOf(IllegalArgumentException.class);
    }

    // ---- garbage

    private static final class Counting implements FrameReceiver {
        private long frames;

        @Override
        public void onData(long frameNumber, ByteBuf payload) {
            frames++;
        }

        @Override
        public void onAck(long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
            frames++;
        }
    }

    @Test
    void shouldMakeNothingOfAnAcknowledgementThatIsRead() throws Exception {
        begin();
        Counting counting = new Counting();
        decoder.receiver(counting);
        ByteBuf acks = encoded(new CumulativeAckFrame(12, 1000, 2, 5), new CumulativeAckFrame(13, 1001, 3, 6));
        ChannelHandlerContext ctx = channel.pipeline().context(decoder);
        read(ctx, acks);
        long before = THREADS.getCurrentThreadAllocatedBytes();

        read(ctx, acks);

        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(FRAMES);
        assertThat(counting.frames).isEqualTo(4L * FRAMES);
        acks.release();
    }

    private void read(ChannelHandlerContext ctx, ByteBuf bytes) throws Exception {
        for (int i = 0; i < FRAMES; i++) {
            bytes.readerIndex(0);
            decoder.channelRead(ctx, bytes.retain());
        }
    }

    /** While the batch has room, nothing at all. */
    @Test
    void shouldMakeNothingOfFramesThatAreWritten() {
        channel.config().setAllocator(UNTRACKED);
        ByteBuf payload = payload(1);
        write(payload, 300);
        long leastBytes = Long.MAX_VALUE;
        for (int round = 0; round < 100; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            write(payload, 300);
            leastBytes = Math.min(leastBytes, THREADS.getCurrentThreadAllocatedBytes() - before);
        }

        // Of 600 frames: the one buffer that they are put into.
        assertThat(leastBytes).isLessThan(16 << 10);
        payload.release();
    }

    private void write(ByteBuf payload, int times) {
        for (int i = 0; i < times; i++) {
            encoder.writeAck(1000, 1 << 20, 500, 250);
            encoder.writeData(1000, payload.retain());
        }
        channel.flush();
        channel.releaseOutbound();
    }
}
