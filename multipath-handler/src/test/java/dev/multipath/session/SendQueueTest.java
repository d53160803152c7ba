package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How what was written is cut into frames: which buffers are copied, which are passed on as they are, and where it is cut. */
class SendQueueTest {

    /** Below it a buffer is copied together with its neighbours. */
    private static final int LARGE = 8 << 10;

    /** So many may pin more than they are worth. */
    private static final int UNCOMPACTED = 16;

    private final SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
    private final List<ByteBuf> taken = new ArrayList<>();
    private byte next;

    @AfterEach
    void release() {
        queue.release();
        taken.forEach(ByteBuf::release);
    }

    /** Bytes that count on, so that their order shows. */
    private ByteBuf numbered(int bytes) {
        ByteBuf buffer = Unpooled.buffer(bytes);
        for (int i = 0; i < bytes; i++) {
            buffer.writeByte(next++);
        }
        return buffer;
    }

    private ByteBuf add(int bytes) {
        ByteBuf buffer = numbered(bytes);
        queue.add(buffer);
        return buffer;
    }

    private ByteBuf cut(int bytes, int maxBytes) {
        ByteBuf payload = queue.cut(bytes, maxBytes);
        taken.add(payload);
        return payload;
    }

    private void assertInOrder() {
        byte expected = 0;
        for (ByteBuf payload : taken) {
            for (int i = 0; i < payload.readableBytes(); i++) {
                assertThat(payload.getByte(payload.readerIndex() + i)).isEqualTo(expected++);
            }
        }
        assertThat(expected).isEqualTo(next);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void shouldPassAnOnlyBufferOnAsItIs() {
        ByteBuf only = add(100);

        assertThat(cut(1000, 1000)).isSameAs(only);
        assertInOrder();
    }

    // ---- what others have too

    @Test
    void shouldPassOnWhatOthersHaveIfItWaitsAloneAndIsAsItWas() {
        ByteBuf shared = numbered(100);
        queue.addShared(shared);

        assertThat(cut(1000, 1000)).isSameAs(shared);
        assertInOrder();
    }

    @Test
    void shouldFindWhatOthersHaveAsItWasWritten() {
        ByteBuf shared = numbered(100);
        queue.addShared(shared);
        shared.skipBytes(30).writeByte(77);

        assertThat(cut(1000, 1000).readableBytes()).isEqualTo(100);
        assertInOrder();
    }

    @Test
    void shouldLeaveTheIndicesOfWhatOthersHaveAlone() {
        ByteBuf alone = numbered(100);
        queue.addShared(alone);
        cut(60, 60);
        cut(60, 60);
        ByteBuf first = numbered(10);
        ByteBuf second = numbered(20);
        queue.addShared(first);
        queue.addShared(second);
        queue.addShared(Unpooled.EMPTY_BUFFER);
        cut(30, 30);

        assertInOrder();
        assertThat(alone.readerIndex()).isZero();
        assertThat(first.readerIndex()).isZero();
        assertThat(second.readerIndex()).isZero();
    }

    @Test
    void shouldTakeNothingShared() {
        queue.addShared(Unpooled.EMPTY_BUFFER);
        add(10);

        cut(1000, 1000);
        assertInOrder();
    }

    // ---- where it is cut

    /** Half as much again saves a frame for a small rest; what is more is cut. */
    @Test
    void shouldCutABufferOnlyIfItsRestIsWorthAFrame() {
        add(151);
        add(150);

        assertThat(cut(100, 1000).readableBytes()).isEqualTo(100);
        assertThat(queue.bytes()).isEqualTo(201);
        assertThat(cut(100, 1000).readableBytes()).isEqualTo(51);
        assertThat(cut(100, 1000).readableBytes()).isEqualTo(150);
        assertInOrder();
    }

    @Test
    void shouldNotExceedWhatAFrameMayHave() {
        add(150);

        assertThat(cut(100, 149).readableBytes()).isEqualTo(100);
        assertThat(cut(100, 149).readableBytes()).isEqualTo(50);
        assertInOrder();
    }

    @Test
    void shouldTakeBuffersUntilTheFrameIsLargeEnough() {
        add(60);
        add(40);
        add(1);

        assertThat(cut(100, 1000).readableBytes()).isEqualTo(100);
        assertThat(queue.bytes()).isEqualTo(1);
        cut(100, 1000);
        assertInOrder();
    }

    @Test
    void shouldLeaveABufferForTheNextFrameThatWouldNotFit() {
        add(60);
        add(91);

        assertThat(cut(100, 1000).readableBytes()).as("not 151").isEqualTo(60);
        cut(100, 1000);
        assertInOrder();
    }

    @Test
    void shouldTakeABufferThatJustFits() {
        add(60);
        add(90);

        assertThat(cut(100, 1000).readableBytes()).isEqualTo(150);
        assertInOrder();
    }

    // ---- what is copied

    @Test
    void shouldCopySmallOnesTogether() {
        ByteBuf first = add(10);
        ByteBuf second = add(20);

        ByteBuf payload = cut(1000, 1000);

        assertThat(payload).isNotInstanceOf(CompositeByteBuf.class);
        assertThat(payload.readableBytes()).isEqualTo(30);
        assertThat(first.refCnt()).isZero();
        assertThat(second.refCnt()).isZero();
        assertInOrder();
    }

    @Test
    void shouldPassLargeOnesOnBetweenCopiesOfSmallOnes() {
        ByteBuf lone = add(5);
        ByteBuf large = add(LARGE);
        ByteBuf small = add(LARGE - 1);
        ByteBuf smaller = add(7);
        ByteBuf last = add(LARGE);

        ByteBuf payload = cut(1 << 20, 1 << 20);

        assertThat(payload).isInstanceOfSatisfying(CompositeByteBuf.class, parts -> assertThat(parts.numComponents())
                .isEqualTo(4));
        assertThat(lone.refCnt()).as("nothing to copy it with").isOne();
        assertThat(large.refCnt()).isOne();
        assertThat(small.refCnt()).isZero();
        assertThat(smaller.refCnt()).isZero();
        assertThat(last.refCnt()).isOne();
        assertInOrder();
    }

    /** Those behind the frame's end are none of its. */
    @Test
    void shouldNotCopyWhatBelongsToTheNextFrame() {
        add(LARGE);
        add(10);
        ByteBuf behind = add(10);

        assertThat(cut(LARGE + 10, LARGE + 10).readableBytes()).isEqualTo(LARGE + 10);
        assertThat(behind.refCnt()).isOne();
        assertThat(cut(100, 100)).isSameAs(behind);
        assertInOrder();
    }

    // ---- what it holds

    @Test
    void shouldReleaseAnEmptyBufferAtOnce() {
        ByteBuf empty = Unpooled.buffer(8);
        queue.add(empty);

        assertThat(empty.refCnt()).isZero();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.costBytes()).isZero();
    }

    @Test
    void shouldKnowWhatItCosts() {
        add(100);
        add(50);

        assertThat(queue.bytes()).isEqualTo(150);
        assertThat(queue.costBytes()).isEqualTo(PinnedMemory.costBytes(2, 150));
        cut(1000, 1000);
        assertThat(queue.costBytes()).isZero();
    }

    @Test
    void shouldBeCrowdedByManyBuffersHoweverSmall() {
        for (int i = 1; i < SendQueue.MAX_BUFFERS; i++) {
            add(1);
        }
        assertThat(queue.isCrowded()).isFalse();
        add(1);
        assertThat(queue.isCrowded()).isTrue();
    }

    /** A small part of a large buffer would keep all of it: from the seventeenth on it is copied. */
    @Test
    void shouldCopyASmallPartOfALargeBufferOnlyWhenManyWait() {
        List<ByteBuf> wholes = new ArrayList<>();
        for (int i = 0; i <= UNCOMPACTED; i++) {
            ByteBuf whole = Unpooled.buffer(64 << 10).writeZero(64 << 10);
            wholes.add(whole);
            queue.add(whole.readSlice(10));
        }

        assertThat(wholes.get(UNCOMPACTED - 1).refCnt()).isOne();
        assertThat(wholes.get(UNCOMPACTED).refCnt()).isZero();
        assertThat(queue.bytes()).isEqualTo(10 * (UNCOMPACTED + 1));
    }

    @Test
    void shouldHoldNothingWhenReleased() {
        ByteBuf one = add(10);

        queue.release();

        assertThat(one.refCnt()).isZero();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.costBytes()).isZero();
    }
}
