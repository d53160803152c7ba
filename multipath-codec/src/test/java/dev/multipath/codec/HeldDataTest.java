package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A decoder collects no data for who has not proved that it may send any. */
class HeldDataTest {

    private static final int MIB = 1 << 20;

    private final MultipathFrameDecoder decoder = new MultipathFrameDecoder().holdData();
    private boolean admitsAtOnce;
    private int heldEvents;
    private int reads;
    private final ChannelOutboundHandlerAdapter transport = new ChannelOutboundHandlerAdapter() {
        @Override
        public void read(ChannelHandlerContext ctx) {
            reads++;
            ctx.read();
        }
    };
    private final EmbeddedChannel channel = new EmbeddedChannel(transport, decoder, new ChannelInboundHandlerAdapter() {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            assertThat(event).isSameAs(MultipathFrameDecoder.DATA_HELD);
            heldEvents++;
            if (admitsAtOnce) {
                decoder.admitData();
            }
        }

        /** Some end in the middle of a frame. */
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            assertThat(cause).isInstanceOf(TruncatedFrameException.class);
        }
    });

    @AfterEach
    void tearDown() {
        channel.finishAndReleaseAll();
    }

    private void receive(ByteBuf bytes) {
        channel.writeInbound(bytes);
    }

    private static ByteBuf preface() {
        return Unpooled.buffer().writeZero(Preface.LENGTH);
    }

    /** A frame's header, and that much of its payload. */
    private static ByteBuf data(int payloadBytes, int arrivedBytes) {
        ByteBuf bytes = Unpooled.buffer();
        VarInt.write(bytes, payloadBytes);
        VarInt.write(bytes, DataFrame.FIRST_FRAME_NUMBER);
        return bytes.writeZero(arrivedBytes);
    }

    private void assertNextIsDataOf(int payloadBytes) {
        DataFrame frame = channel.readInbound();
        assertThat(frame.payload().readableBytes()).isEqualTo(payloadBytes);
        frame.release();
    }

    /** Netty's own decoders read on in mid-message where {@code AUTO_READ} is off: as long as it takes to judge, it would pile up. */
    @Requirement("LIM-8")
    @Test
    void shouldReadNothingMoreOfAFrameThatIsHeld() {
        receive(preface());
        int readsBefore = reads;

        receive(data(MIB, 100));

        assertThat(channel.config().isAutoRead()).isFalse();
        assertThat(reads).isEqualTo(readsBefore);
    }

    @Requirement("LIM-8")
    @Test
    void shouldCollectNothingOfAFrameThatNobodyMaySend() {
        receive(preface());
        receive(data(MIB, 0));

        assertThat(channel.config().isAutoRead()).isFalse();
        assertThat(heldEvents).isEqualTo(1);
        assertThat(decoder.heldBytes()).isZero();
        assertThat(read()).isInstanceOf(Preface.class);
        assertThat(read()).isNull();
    }

    @Test
    void shouldPassOnWhatIsSmallAndWhole() {
        receive(Unpooled.wrappedBuffer(preface(), data(1024, 1024)));

        assertThat(read()).isInstanceOf(Preface.class);
        assertNextIsDataOf(1024);
        assertThat(heldEvents).isZero();
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void shouldPassOnWhatWasHeldWhenItIsAdmitted() {
        receive(Unpooled.wrappedBuffer(
                preface(), data(2000, 2000), Unpooled.wrappedBuffer(new byte[] {0, 0}), data(100, 60)));
        assertThat(read()).isInstanceOf(Preface.class);
        assertThat(read()).isNull();
        assertThat(decoder.heldBytes()).isPositive();

        decoder.admitData();

        assertNextIsDataOf(2000);
        assertThat(read()).isEqualTo(ControlFrame.PING);
        receive(Unpooled.buffer().writeZero(40));
        assertNextIsDataOf(100);
        assertThat(decoder.heldBytes()).isZero();
        assertThat(heldEvents).isEqualTo(1);
    }

    @Test
    void shouldGoOnIfItIsAdmittedAtOnce() {
        admitsAtOnce = true;
        receive(Unpooled.wrappedBuffer(preface(), data(5000, 5000), data(6000, 10)));
        receive(Unpooled.buffer().writeZero(5990));

        assertThat(read()).isInstanceOf(Preface.class);
        assertNextIsDataOf(5000);
        assertNextIsDataOf(6000);
        assertThat(heldEvents).isEqualTo(1);
    }

    @Test
    void shouldReleaseWhatIsHeldWhenTheChannelCloses() {
        ByteBuf bytes = Unpooled.wrappedBuffer(preface(), data(MIB, 3000));
        receive(bytes);

        channel.close();

        assertThat(bytes.refCnt()).isZero();
    }

    /** Its channel is read to the peer's end, which may be far. */
    @Test
    void shouldHoldNothingMoreOnceDataAreRefused() {
        ByteBuf held = Unpooled.wrappedBuffer(preface(), data(MIB, 3000));
        receive(held);
        assertThat(held.refCnt()).isEqualTo(1);

        decoder.refuseData();

        assertThat(held.refCnt()).isZero();
        assertRefused();
    }

    @Test
    void shouldHoldNothingIfDataWereRefusedBeforeTheyCame() {
        receive(preface());
        decoder.refuseData();
        receive(Unpooled.wrappedBuffer(new byte[] {0, 0}));
        receive(data(MIB, 3000));

        assertThat(read()).isInstanceOf(Preface.class);
        assertThat(read()).isEqualTo(ControlFrame.PING);
        assertThat(heldEvents).isZero();
        assertRefused();
    }

    private void assertRefused() {
        ByteBuf more = Unpooled.buffer().writeZero(64 << 10);
        receive(more);
        assertThat(more.refCnt()).isZero();
        assertThat(decoder.heldBytes()).isZero();
    }

    @Test
    void shouldNotRefuseWhatWasAdmitted() {
        decoder.admitData();
        receive(Unpooled.wrappedBuffer(preface(), data(5000, 1000)));
        decoder.refuseData();
        receive(Unpooled.buffer().writeZero(4000));

        assertThat(read()).isInstanceOf(Preface.class);
        assertNextIsDataOf(5000);
    }

    /** Those that have proved nothing may send control frames, in pieces that each pin a whole read buffer. */
    @Test
    void shouldNotPinReadBuffersForSmallPayloads() {
        receive(preface());
        receive(Unpooled.wrappedBuffer(new byte[] {0, 2}));
        ByteBuf first =
                Unpooled.buffer(64 << 10).writeShort(0x4000 | 4096).writeByte(2).writeZero(1500);
        receive(first);

        assertThat(first.refCnt()).isZero();
        assertThat(decoder.heldBytes()).isBetween(1500L, 4096L);
    }

    /** What came in pieces that are a small part of their buffers goes up as it is: who keeps it copies it. */
    @Test
    void shouldTellWhatThePiecesPinUntilThePayloadIsWhole() {
        decoder.admitData();
        receive(preface());
        receive(data(8192, 0));
        for (int i = 0; i < 8; i++) {
            ByteBuf read = Unpooled.buffer(64 << 10).writeZero(1024);
            receive(read);
            assertThat(read.refCnt()).isEqualTo(1);
            assertThat(decoder.heldBytes()).isEqualTo(i < 7 ? (i + 1) * (64L << 10) : 0);
        }
        assertThat(read()).isInstanceOf(Preface.class);
        assertNextIsDataOf(8192);
    }

    private Object read() {
        return channel.readInbound();
    }
}
