package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.MultipathFrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What one subflow may take of a turn of its event loop: frames are counted, not time. */
@SuppressWarnings("deprecation") // RecvByteBufAllocator, for which Netty 4.2 has no replacement yet
class ThriftyReadsTest {

    private static final int KIB = 1 << 10;
    private static final int READ_BYTES = 64 * KIB;

    private final EmbeddedChannel subflow = new EmbeddedChannel();
    private RecvByteBufAllocator.Handle handle;

    @BeforeEach
    void setUp() {
        subflow.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(READ_BYTES).maxMessagesPerRead(16));
        ThriftyReads.install(subflow, MemoryBudget.ofBytes(100 << 20));
        handle = subflow.unsafe().recvBufAllocHandle();
        subflow.pipeline().addLast(new MultipathFrameDecoder(), new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object frame) {
                ReferenceCountUtil.release(frame);
            }
        });
        subflow.writeInbound(Unpooled.wrappedBuffer(RawPeer.preface(new ConnectionId(1, 2))));
    }

    @AfterEach
    void tearDown() {
        subflow.finishAndReleaseAll();
    }

    /** A turn as the transports have it, with as much to read as it wants. Returns how many bytes. */
    private int turn(byte[] frame) {
        handle.reset(subflow.config());
        int bytes = 0;
        do {
            ByteBuf read = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
            handle.attemptedBytesRead(read.writableBytes());
            while (read.writableBytes() >= frame.length) {
                read.writeBytes(frame);
            }
            // The rest of the read is full, too, for all that the handle knows.
            handle.lastBytesRead(read.capacity());
            handle.incMessagesRead(1);
            bytes += read.capacity();
            subflow.writeInbound(read);
        } while (handle.continueReading());
        handle.readComplete();
        return bytes;
    }

    @Test
    void shouldEndATurnWithTheReadThatBringsEnoughFrames() {
        assertThat(turn(RawPeer.PING)).isEqualTo(READ_BYTES);
    }

    /** Not even in the first turn, if the first read was small, as an adaptive one's is. */
    @Test
    void shouldNotReadMuchBehindASmallReadOfTinyFrames() {
        handle.reset(subflow.config());
        handle.attemptedBytesRead(KIB);
        handle.lastBytesRead(KIB);
        handle.incMessagesRead(1);
        subflow.writeInbound(Unpooled.wrappedBuffer(new byte[KIB]));
        assertThat(handle.continueReading()).isTrue();
        assertThat(handle.guess()).isEqualTo(ThriftyReads.SMALL_READ_BYTES);
    }

    /** Pings, acknowledgements of the base profile, frames of one byte behind a hole. */
    @ParameterizedTest
    @CsvSource({"0, 4096", "3, 5120", "30, 32768", "62, 65536"})
    void shouldReadNoMoreFramesThanThatNextTime(int payloadBytes, int expectedBytes) {
        byte[] frame = payloadBytes == 0 ? RawPeer.PING : RawPeer.data(20, new byte[payloadBytes]);
        turn(frame);
        for (int i = 0; i < 3; i++) {
            assertThat(turn(frame)).isBetween(expectedBytes, expectedBytes + 16);
        }
    }

    @Test
    void shouldReadBulkDataAsTheTransportDoes() {
        for (int i = 0; i < 3; i++) {
            assertThat(turn(bulk())).isEqualTo(16 * READ_BYTES);
        }
    }

    /** The smallest frame of bulk data: 4096 as a varint, a number, the payload. */
    private static byte[] bulk() {
        byte[] frame = new byte[3 + 4 * KIB];
        frame[0] = 0x50;
        frame[2] = 20;
        return frame;
    }

    @Test
    void shouldReadAllAgainWhenFramesAreLargeAgain() {
        turn(RawPeer.PING);
        turn(RawPeer.PING);
        turn(bulk());
        assertThat(turn(bulk())).isEqualTo(16 * READ_BYTES);
    }

    /** Netty's own default would read 96 bytes then, and whatever is a little longer in pieces. */
    @Test
    void shouldReadARequestAtOnceThatIsLongerThanThoseBefore() {
        EmbeddedChannel adaptive = new EmbeddedChannel();
        adaptive.config().setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator());
        ThriftyReads.install(adaptive, MemoryBudget.ofBytes(100 << 20));
        RecvByteBufAllocator.Handle requests = adaptive.unsafe().recvBufAllocHandle();
        for (int i = 0; i < 100; i++) {
            requests.reset(adaptive.config());
            ByteBuf read = requests.allocate(UnpooledByteBufAllocator.DEFAULT);
            requests.attemptedBytesRead(read.writableBytes());
            read.release();
            requests.lastBytesRead(90);
            requests.incMessagesRead(1);
            requests.readComplete();
        }
        ByteBuf next = requests.allocate(UnpooledByteBufAllocator.DEFAULT);
        assertThat(next.writableBytes()).isEqualTo(ThriftyReads.SMALLEST_READ_BYTES);
        next.release();
        adaptive.finishAndReleaseAll();
    }

    /** Sees how much is read from a subflow in a turn of its loop. */
    private static final class Reads extends ChannelInboundHandlerAdapter {
        private final AtomicInteger mostBytes = new AtomicInteger();
        private final AtomicInteger bytes = new AtomicInteger();
        private int bytesOfTurn;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            int read = ((ByteBuf) msg).readableBytes();
            bytesOfTurn += read;
            mostBytes.accumulateAndGet(bytesOfTurn, Math::max);
            bytes.addAndGet(read);
            ctx.fireChannelRead(msg);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            bytesOfTurn = 0;
            ctx.fireChannelReadComplete();
        }
    }

    /** All that waits in the socket would be one turn's else. */
    @ParameterizedTest
    @EnumSource(
            names = {"LOCAL"},
            mode = EnumSource.Mode.EXCLUDE)
    void shouldLetOthersHaveTheirTurnsBesideAFloodOfPings(TestTransport transport) throws Exception {
        Reads reads = new Reads();
        int floodBytes = 96 * KIB;
        try (Peers peers = new Peers(transport)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    Peers.tracking(peers.serverSubflows).withInitializer(channel -> channel.pipeline()
                                            .addLast(reads))),
                    1);
            try (RawPeer flooding =
                    new RawPeer(peers.server().localAddress().paths().get(0).remote())) {
                flooding.greet(ConnectionId.ZERO);
                flooding.speakBaseProfile();
                peers.accepted().awaitCount(SubflowEvent.Kind.ADDED, 1);
                Channel channel = peers.serverSubflows.iterator().next();
                CountDownLatch sent = new CountDownLatch(1);
                channel.eventLoop().execute(() -> await(sent));
                flooding.send(new byte[floodBytes]);
                sent.countDown();
                Waiting.eventually().until(() -> reads.bytes.get() >= floodBytes);
                // The first turn cannot know what comes: it ends with the first large read, as late as that may be.
                assertThat(reads.mostBytes.get()).isLessThanOrEqualTo(READ_BYTES + 2 * KIB);
                assertThat(flooding.read(2)).isEqualTo(RawPeer.PONG);
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
