package dev.multipath.session;

import static dev.multipath.session.WindowLimits.MAX_FRAMES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import dev.multipath.session.ReceiveWindow.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A receive window at its edges: the last that is taken, and the first that is not. */
class ReceiveWindowLimitsTest {

    private static final int LIMIT_BYTES = 1000;
    private static final long FIRST = DataFrame.FIRST_FRAME_NUMBER;

    /** Unread buffers from which on small ones are put together, and what is small. */
    private static final int MERGE_ABOVE_FRAMES = 1024;

    private static final int MERGE_BELOW_BYTES = 4 << 10;
    private static final int MERGED_BYTES = 16 << 10;

    private final ReceiveWindow window = new ReceiveWindow(LIMIT_BYTES, UnpooledByteBufAllocator.DEFAULT);

    @AfterEach
    void release() {
        window.release();
    }

    @Test
    void shouldKnowWhatIsNewUpToTheWindowsEnd() {
        offer(FIRST, 1);
        long next = FIRST + 1;

        assertThat(window.isNew(FIRST)).isFalse();
        assertThat(window.isNew(next)).isTrue();
        assertThat(window.isNew(next + MAX_FRAMES - 1)).isTrue();
        assertThat(window.isNew(next + MAX_FRAMES)).isFalse();
        assertThat(window.isBeyondWindow(next + MAX_FRAMES - 1)).isFalse();
        assertThat(window.isBeyondWindow(next + MAX_FRAMES)).isTrue();
    }

    /** The ring has 8 places at first. */
    @Test
    void shouldKnowWhatIsNewAtTheEdgeOfItsRing() {
        offer(FIRST + 1, 1);

        assertThat(window.isNew(FIRST + 1)).isFalse();
        for (int ahead = 2; ahead <= 17; ahead++) {
            assertThat(window.isNew(FIRST + ahead)).as("%d ahead", ahead).isTrue();
        }
        for (int ahead = 2; ahead <= 17; ahead++) {
            assertThat(offer(FIRST + ahead, 1)).isEqualTo(Verdict.ACCEPTED);
            assertThat(window.isNew(FIRST + ahead)).isFalse();
            assertThat(offer(FIRST + ahead, 1)).isEqualTo(Verdict.DUPLICATE);
        }
        assertThat(window.waitingBytes()).isEqualTo(17);
        offer(FIRST, 1);
        assertThat(window.waitingBytes()).isZero();
        assertThat(window.readableBytes()).isEqualTo(18);
    }

    @Test
    void shouldTellWhatHasArrivedAndWhatTheApplicationHasRead() {
        offer(FIRST, 3);
        offer(FIRST + 1, 4);
        assertThat(window.arrivedBytes()).isEqualTo(7);
        assertThat(window.consumedBytes()).isZero();

        poll();

        assertThat(window.arrivedBytes()).isEqualTo(7);
        assertThat(window.consumedBytes()).isEqualTo(3);
    }

    @Test
    void shouldTakeAFinOnlyBehindAllThatHasCome() {
        offer(FIRST + 2, 1);

        assertThat(window.offerFin(FIRST + 2)).isFalse();
        assertThat(window.isBehindFin(FIRST + 3)).isFalse();
        assertThat(window.offerFin(FIRST + 3)).isTrue();
        assertThat(window.isBehindFin(FIRST + 2)).isFalse();
        assertThat(window.isBehindFin(FIRST + 3)).isTrue();
        assertThat(window.offerFin(FIRST + 3)).as("again").isTrue();
        assertThat(window.offerFin(FIRST + 4)).as("another").isFalse();

        offer(FIRST, 1);
        assertThat(window.isEnded()).isFalse();
        offer(FIRST + 1, 1);
        assertThat(window.isEnded()).isTrue();
    }

    @Test
    void shouldWantNoMoreThanItsLimitUnread() {
        offer(FIRST, LIMIT_BYTES - 1);
        assertThat(window.wantsInput()).isTrue();
        assertThat(offer(FIRST + 1, 1)).isEqualTo(Verdict.ACCEPTED);
        assertThat(window.wantsInput()).isFalse();
        assertThat(offer(FIRST + 2, 1)).isEqualTo(Verdict.DROPPED);
    }

    @Test
    void shouldWantNoMoreThanItsLimitOfUnreadFrames() {
        ReceiveWindow wide = new ReceiveWindow(1 << 20, UnpooledByteBufAllocator.DEFAULT);
        for (int i = 0; i < ReceiveWindow.MAX_READABLE_FRAMES; i++) {
            assertThat(wide.wantsInput()).as("%d unread", i).isTrue();
            wide.offer(FIRST + i, payload(1));
        }
        assertThat(wide.wantsInput()).isFalse();
        wide.release();
    }

    /** Under credit small ones are put together from a number on: the last that is not, and the first that is. */
    @Test
    void shouldPutOnlySmallOnesTogetherAndOnlyWhenManyAreUnread() {
        window.underCredit();
        long number = FIRST;
        for (int i = 0; i < MERGE_ABOVE_FRAMES; i++) {
            ByteBuf one = payload(1);
            window.offer(number++, one);
            assertThat(one.refCnt()).as("buffer %d is kept as it is", i).isOne();
        }
        ByteBuf large = payload(MERGE_BELOW_BYTES);
        window.offer(number++, large);
        assertThat(large.refCnt()).as("is not small").isOne();

        ByteBuf small = payload(MERGE_BELOW_BYTES - 1);
        window.offer(number, small);
        assertThat(small.refCnt()).as("is copied").isZero();
        assertThat(window.readableBytes()).isEqualTo(MERGE_ABOVE_FRAMES + 2 * MERGE_BELOW_BYTES - 1);
    }

    @Test
    void shouldFillABufferOfThoseThatArePutTogetherToItsLastByte() {
        window.underCredit();
        long number = FIRST;
        for (int i = 0; i < MERGE_ABOVE_FRAMES; i++) {
            window.offer(number++, payload(1));
        }
        for (int i = 0; i < 5; i++) {
            window.offer(number++, payload(MERGED_BYTES / 8));
            window.offer(number++, payload(MERGED_BYTES / 8));
        }
        for (int i = 0; i < MERGE_ABOVE_FRAMES; i++) {
            assertThat(poll()).isEqualTo(1);
        }
        // What was read before it is no reason to begin another.
        assertThat(poll()).isEqualTo(MERGED_BYTES);
        assertThat(poll()).isEqualTo(MERGED_BYTES / 4);
        assertThat(window.poll()).isNull();
    }

    @Test
    void shouldGoOnFillingABufferWhenSomethingBeforeItIsRead() {
        window.underCredit();
        long number = FIRST;
        for (int i = 0; i <= MERGE_ABOVE_FRAMES; i++) {
            window.offer(number++, payload(1));
        }
        window.offer(number++, payload(1));
        poll();
        window.offer(number, payload(1));

        for (int i = 1; i < MERGE_ABOVE_FRAMES; i++) {
            assertThat(poll()).isEqualTo(1);
        }
        assertThat(poll()).isEqualTo(3);
        assertThat(window.poll()).isNull();
    }

    @Test
    void shouldTellTheLowestRunsThatWait() {
        for (int ahead : new int[] {1, 2, 5, 7, 8}) {
            offer(FIRST + ahead, 1);
        }

        assertThat(window.ranges(64)).containsExactly(FIRST + 1, FIRST + 3, FIRST + 5, FIRST + 6, FIRST + 7, FIRST + 9);
        assertThat(window.ranges(2)).containsExactly(FIRST + 1, FIRST + 3, FIRST + 5, FIRST + 6);
        assertThat(window.ranges(1)).containsExactly(FIRST + 1, FIRST + 3);
    }

    @Test
    void shouldHoldNothingWhenReleased() {
        offer(FIRST, 1);
        window.settle();
        offer(FIRST + 1, 1);

        window.release();

        assertThat(window.poll()).isNull();
        assertThat(window.costBytes()).isZero();
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
