package dev.multipath.session;

import static dev.multipath.session.WindowLimits.MAX_FRAMES;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.multipath.codec.DataFrame;
import dev.multipath.session.ReceiveWindow.Verdict;
import dev.multipath.testing.Requirement;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReceiveWindowTest {

    private static final int LIMIT_BYTES = 1000;
    private static final long FIRST = DataFrame.FIRST_FRAME_NUMBER;

    private final ReceiveWindow window = new ReceiveWindow(LIMIT_BYTES, UnpooledByteBufAllocator.DEFAULT);

    @AfterEach
    void release() {
        window.release();
    }

    @Test
    void shouldDeliverInOrderWhenFramesArriveInReverse() {
        offer(FIRST + 2, 3);
        offer(FIRST + 1, 2);
        assertThat(window.poll()).isNull();
        assertThat(window.waitingBytes()).isEqualTo(5);

        offer(FIRST, 1);

        assertThat(poll()).isEqualTo(1);
        assertThat(poll()).isEqualTo(2);
        assertThat(poll()).isEqualTo(3);
        assertThat(window.poll()).isNull();
        assertThat(window.nextExpected()).isEqualTo(FIRST + 3);
    }

    @Test
    void shouldReportADuplicateAndReleaseItWhenTheFrameIsWaitingReadableOrRead() {
        offer(FIRST, 1);
        offer(FIRST + 2, 1);
        ByteBuf waiting = payload(1);
        ByteBuf readable = payload(1);

        assertThat(window.offer(FIRST + 2, waiting)).isEqualTo(Verdict.DUPLICATE);
        assertThat(window.offer(FIRST, readable)).isEqualTo(Verdict.DUPLICATE);
        poll();
        assertThat(offer(FIRST, 1)).isEqualTo(Verdict.DUPLICATE);

        assertThat(waiting.refCnt()).isZero();
        assertThat(readable.refCnt()).isZero();
    }

    @Test
    void shouldDropAFrameWhenItIsBeyondTheWindow() {
        assertThat(offer(FIRST + MAX_FRAMES, 1)).isEqualTo(Verdict.DROPPED);
        assertThat(offer(FIRST + MAX_FRAMES - 1, 1)).isEqualTo(Verdict.ACCEPTED);
        assertThat(offer(Long.MAX_VALUE, 1)).isEqualTo(Verdict.DROPPED);
    }

    @Test
    void shouldDropAFrameWhenItDoesNotFit() {
        assertThat(offer(FIRST + 1, LIMIT_BYTES - 1)).isEqualTo(Verdict.ACCEPTED);
        ByteBuf tooMuch = payload(2);

        assertThat(window.offer(FIRST + 2, tooMuch)).isEqualTo(Verdict.DROPPED);

        assertThat(tooMuch.refCnt()).isZero();
        assertThat(offer(FIRST + 2, 1)).isEqualTo(Verdict.ACCEPTED);
    }

    /** A payload that came in several reads pins the buffers of all of them, of which each piece may be a small part. */
    @Test
    void shouldNotPinTheReadBuffersOfWhatStays() {
        ByteBuf stays = pieces(2, 40_000);
        ByteBuf waits = pieces(2, 40_000);
        ByteBuf thick = pieces(2, 4 * 300);
        window.underCredit();
        window.offer(FIRST, stays);
        window.offer(FIRST + 2, waits);
        window.offer(FIRST + 1, thick);
        assertThat(waits.refCnt()).as("it waits for a missing frame").isZero();
        assertThat(stays.refCnt()).as("it may be read at once").isPositive();

        window.settle();

        assertThat(stays.refCnt()).isZero();
        assertThat(thick.refCnt()).as("it is not a small part").isPositive();
        assertThat(poll()).isEqualTo(600);
        assertThat(poll()).isEqualTo(600);
        assertThat(poll()).isEqualTo(600);
    }

    /** As {@code ByteBuf.writeBytes} would, which makes an array of all that a composite holds first. */
    @Test
    void shouldCopyPiecesWithoutGarbage() {
        ByteBufAllocator direct = new AdaptiveByteBufAllocator(true);
        ByteBuf bytes = direct.directBuffer(1 << 20).writeZero(1 << 20);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocatedBytes = 0;
        // The first round loads classes.
        for (int round = 0; round < 2; round++) {
            CompositeByteBuf pieces = new CompositeByteBuf(direct, true, Integer.MAX_VALUE)
                    .addComponent(true, bytes.retainedSlice(0, 64 << 10))
                    .addComponent(true, bytes.retainedSlice(512 << 10, 64 << 10));
            long before = threads.getCurrentThreadAllocatedBytes();
            ByteBuf kept = PinnedMemory.compact(pieces, direct);
            allocatedBytes = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(kept).isNotSameAs(pieces).isEqualTo(bytes.slice(0, 128 << 10));
            kept.release();
        }
        assertThat(bytes.refCnt()).isEqualTo(1);
        bytes.release();
        assertThat(allocatedBytes).as("with what the leak detector needs").isLessThan(64 << 10);
    }

    private static ByteBuf pieces(int count, int readBufferBytes) {
        CompositeByteBuf pieces = Unpooled.compositeBuffer();
        for (int i = 0; i < count; i++) {
            pieces.addComponent(true, Unpooled.buffer(readBufferBytes).writeZero(300));
        }
        return pieces;
    }

    @Requirement("BASE-8")
    @Test
    void shouldAcceptTheMissingFrameWhenFramesBehindItFillTheBuffer() {
        offer(FIRST + 1, LIMIT_BYTES);

        assertThat(offer(FIRST, LIMIT_BYTES)).isEqualTo(Verdict.ACCEPTED);

        assertThat(window.readableBytes()).isEqualTo(2 * LIMIT_BYTES);
    }

    @Requirement("LIM-3")
    @Test
    void shouldHoldNoMoreThanTheLimitAndOneFrameWhenOneHoleAfterTheOtherIsFilled() {
        int frameBytes = LIMIT_BYTES / 10;
        for (int i = 1; i < 20; i += 2) {
            assertThat(offer(FIRST + i, frameBytes)).isEqualTo(Verdict.ACCEPTED);
        }

        for (int i = 0; i < 20; i += 2) {
            offer(FIRST + i, frameBytes);
            assertThat(window.readableBytes() + window.waitingBytes()).isLessThanOrEqualTo(LIMIT_BYTES + frameBytes);
        }
    }

    @Test
    void shouldWantInputWhenTheMissingFrameWouldBeAccepted() {
        assertThat(window.wantsInput()).isTrue();
        offer(FIRST + 1, LIMIT_BYTES);
        assertThat(window.wantsInput()).isTrue();

        offer(FIRST, 1);
        assertThat(window.wantsInput()).isFalse();
        assertThat(offer(FIRST + 2, 1)).isEqualTo(Verdict.DROPPED);

        poll();
        assertThat(window.wantsInput()).isFalse();
        poll();
        assertThat(window.wantsInput()).isTrue();
    }

    @Test
    void shouldReleaseEverythingWhenReleased() {
        ByteBuf readable = payload(1);
        ByteBuf waiting = payload(1);
        window.offer(FIRST, readable);
        window.offer(FIRST + 500, waiting);

        window.release();

        assertThat(readable.refCnt()).isZero();
        assertThat(waiting.refCnt()).isZero();
        assertThat(window.readableBytes() + window.waitingBytes()).isZero();
    }

    private Verdict offer(long frameNumber, int bytes) {
        return window.offer(frameNumber, payload(bytes));
    }

    private int poll() {
        ByteBuf bytes = window.poll();
        int count = bytes.readableBytes();
        bytes.release();
        return count;
    }

    private static ByteBuf payload(int bytes) {
        return Unpooled.buffer(bytes).writeZero(bytes);
    }
}
