package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.MultipathFrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads of bulk end where frames end, from when these are known to be of one size. */
@SuppressWarnings("deprecation") // RecvByteBufAllocator, for which Netty 4.2 has no replacement yet
class WholeFrameReadsTest {

    private static final int KIB = 1 << 10;
    private static final int READ_BYTES = 64 * KIB;
    private static final int PAYLOAD_BYTES = 48 * KIB;

    /** Four bytes of size, one of number. */
    private static final int HEADER_BYTES = 5;

    private static final int FRAMES = 50;

    private final EmbeddedChannel subflow = new EmbeddedChannel();
    private final ByteBuf stream = Unpooled.buffer();

    /** Of each payload: whether it has come in pieces. */
    private final List<Boolean> inPieces = new ArrayList<>();

    private RecvByteBufAllocator.Handle handle;

    @AfterEach
    void tearDown() {
        subflow.finishAndReleaseAll();
    }

    private void install() {
        install(READ_BYTES);
    }

    private void install(int readBytes) {
        subflow.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(readBytes).maxMessagesPerRead(16));
        ThriftyReads.install(subflow, MemoryBudget.ofBytes(100 << 20));
        handle = subflow.unsafe().recvBufAllocHandle();
        subflow.pipeline().addLast(new MultipathFrameDecoder(), new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                if (msg instanceof DataFrame frame) {
                    inPieces.add(frame.payload() instanceof CompositeByteBuf);
                    frame.release();
                }
            }
        });
        stream.writeBytes(RawPeer.preface(new ConnectionId(1, 2)));
    }

    private void send(int frames, int payloadBytes) {
        for (int i = 0; i < frames; i++) {
            // Each of the longest that four bytes of size can tell.
            stream.writeInt(0x8000_0000 | payloadBytes).writeByte(20).writeZero(payloadBytes);
        }
    }

    /** All that is there, in turns as the transports have them. Returns how many bytes each read has brought. */
    private List<Integer> read() {
        List<Integer> reads = new ArrayList<>();
        while (stream.isReadable()) {
            handle.reset(subflow.config());
            do {
                ByteBuf read = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
                handle.attemptedBytesRead(read.writableBytes());
                read.writeBytes(stream, Math.min(read.writableBytes(), stream.readableBytes()));
                handle.lastBytesRead(read.readableBytes());
                handle.incMessagesRead(1);
                reads.add(read.readableBytes());
                subflow.writeInbound(read);
            } while (stream.isReadable() && handle.continueReading());
            handle.readComplete();
        }
        return reads;
    }

    private long piecedTogether(int from) {
        return inPieces.subList(from, inPieces.size()).stream()
                .filter(pieces -> pieces)
                .count();
    }

    /** A read may also be a little longer than usual. */
    @ParameterizedTest
    @ValueSource(ints = {32 * KIB, PAYLOAD_BYTES, READ_BYTES - HEADER_BYTES, READ_BYTES})
    void shouldReadFramesWhole(int payloadBytes) {
        install();
        send(FRAMES, payloadBytes);

        List<Integer> reads = read();

        assertThat(inPieces).hasSize(FRAMES);
        // The first two show that they are of one size; the third has begun by then.
        assertThat(piecedTogether(3)).isZero();
        assertThat(reads.subList(5, reads.size())).containsOnly(HEADER_BYTES + payloadBytes);
    }

    /** An acknowledgement between puts a frame out of step, and no more. */
    @Test
    void shouldFallIntoStepAgain() {
        install();
        for (int i = 0; i < 3; i++) {
            send(FRAMES, PAYLOAD_BYTES);
            stream.writeBytes(RawPeer.ack(20));
        }

        read();

        assertThat(inPieces).hasSize(3 * FRAMES);
        assertThat(piecedTogether(3)).isEqualTo(2);
    }

    @Test
    void shouldReadAsUsualWhereFramesAreSmallBesideARead() {
        install();
        send(FRAMES, 16 * KIB);

        List<Integer> reads = read();

        assertThat(reads.subList(0, reads.size() - 1)).containsOnly(READ_BYTES);
    }

    /** Nor where they are not, if the read is small itself. */
    @Test
    void shouldReadAsUsualWhereReadsAreSmall() {
        install(2 * KIB);
        send(FRAMES, 3 * KIB / 2);

        List<Integer> reads = read();

        assertThat(reads.subList(0, reads.size() - 1)).containsOnly(2 * KIB);
    }

    @Test
    void shouldReadAsUsualWhereFramesAreOfManySizes() {
        install();
        IntStream.range(0, FRAMES).forEach(i -> send(1, PAYLOAD_BYTES + i % 7));

        List<Integer> reads = read();

        assertThat(reads.subList(0, reads.size() - 1)).containsOnly(READ_BYTES);
    }

    /** As TLS does, whose records are longer than what is in them. */
    @Test
    void shouldReadAsUsualWhereTheBytesAreNotTheFrames() {
        subflow.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                ByteBuf read = (ByteBuf) msg;
                ctx.fireChannelRead(read.skipBytes(read.readableBytes() / 2));
            }
        });
        install();
        send(FRAMES, PAYLOAD_BYTES);
        ByteBuf frames = stream.copy();
        stream.clear();
        while (frames.isReadable()) {
            int bytes = Math.min(READ_BYTES / 2, frames.readableBytes());
            stream.writeZero(bytes).writeBytes(frames, bytes);
        }

        List<Integer> reads = read();

        assertThat(inPieces).hasSize(FRAMES);
        assertThat(reads.subList(0, reads.size() - 1)).containsOnly(READ_BYTES);
    }
}
