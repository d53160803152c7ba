package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import dev.multipath.metrics.RepetitionCause;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The frames that are not all acknowledged, and what is counted of them. */
class SendWindowTest {

    private static final long FIRST = DataFrame.FIRST_FRAME_NUMBER;

    /** So many places there are at first. */
    private static final int SLOTS = 8;

    private final SendWindow window = new SendWindow();

    @AfterEach
    void release() {
        window.release();
    }

    private SentFrame add(int bytes) {
        return window.add(VirtualSession.buffer(bytes));
    }

    private void add(int count, int bytes) {
        for (int i = 0; i < count; i++) {
            add(bytes);
        }
    }

    @Test
    void shouldCountWhatIsAddedAndWhatIsAcknowledged() {
        assertThat(window.isEmpty()).isTrue();
        assertThat(window.lowest()).isNull();
        SentFrame first = add(100);
        SentFrame second = add(50);

        assertThat(window.isEmpty()).isFalse();
        assertThat(window.lowest()).isSameAs(first);
        assertThat(window.addedBytes()).isEqualTo(150);
        assertThat(window.unacknowledgedBytes()).isEqualTo(150);
        assertThat(window.costBytes()).isEqualTo(PinnedMemory.costBytes(2, 150));

        // The peer has to hold what came out of order.
        window.acknowledge(FIRST + 1, FIRST + 2);
        assertThat(window.spanBytes()).isEqualTo(150);
        assertThat(window.unacknowledgedBytes()).isEqualTo(100);
        assertThat(window.acknowledgedBytes()).isEqualTo(50);
        assertThat(window.costBytes()).isEqualTo(PinnedMemory.costBytes(2, 100));
        assertThat(second.isAcknowledged()).isTrue();
        assertThat(window.lowestFrameNumber()).isEqualTo(FIRST);

        window.acknowledge(FIRST, FIRST + 2);
        window.acknowledge(FIRST, FIRST + 2);
        assertThat(window.spanBytes()).isZero();
        assertThat(window.unacknowledgedBytes()).isZero();
        assertThat(window.acknowledgedBytes()).isEqualTo(150);
        assertThat(window.lowestFrameNumber()).isEqualTo(FIRST + 2);
        assertThat(window.isEmpty()).isTrue();
        assertThat(window.lowest()).isNull();
        assertThat(window.costBytes()).isZero();
    }

    @Test
    void shouldKnowHowMuchIsAheadSinceItWasEmpty() {
        assertThat(add(100).aheadBytes).isZero();
        SentFrame second = add(50);
        assertThat(second.aheadBytes).isEqualTo(100);
        assertThat(second.endsAtBytes).isEqualTo(150);
        window.acknowledge(FIRST, FIRST + 1);
        assertThat(add(7).aheadBytes).isEqualTo(150);

        window.acknowledge(FIRST, FIRST + 3);

        SentFrame later = add(30);
        assertThat(later.aheadBytes).isZero();
        assertThat(later.endsAtBytes).isEqualTo(187);
        assertThat(add(1).aheadBytes).isEqualTo(30);
    }

    @Test
    void shouldFindTheLowestThatIsMissingFromANumberOn() {
        add(10, 1);
        window.acknowledge(FIRST + 2, FIRST + 5);
        window.acknowledge(FIRST + 6, FIRST + 10);

        assertThat(window.unacknowledgedFrom(0).frameNumber).isEqualTo(FIRST);
        assertThat(window.unacknowledgedFrom(FIRST + 1).frameNumber).isEqualTo(FIRST + 1);
        assertThat(window.unacknowledgedFrom(FIRST + 2).frameNumber).isEqualTo(FIRST + 5);
        assertThat(window.unacknowledgedFrom(FIRST + 5).frameNumber).isEqualTo(FIRST + 5);
        assertThat(window.unacknowledgedFrom(FIRST + 6)).isNull();
        // What was leapt over is still known when more is acknowledged.
        window.acknowledge(FIRST + 5, FIRST + 6);
        assertThat(window.unacknowledgedFrom(FIRST + 2)).isNull();
        add(1);
        assertThat(window.unacknowledgedFrom(FIRST + 2).frameNumber).isEqualTo(FIRST + 10);
    }

    @Test
    void shouldGrowWithoutLosingAny() {
        add(3, 1);
        window.acknowledge(FIRST, FIRST + 3);
        add(5 * SLOTS, 2);

        for (int i = 0; i < 5 * SLOTS; i++) {
            assertThat(window.get(FIRST + 3 + i).frameNumber).isEqualTo(FIRST + 3 + i);
        }
        assertThat(window.get(FIRST + 3 + 5 * SLOTS)).isNull();
        assertThat(window.nextFrameNumber()).isEqualTo(FIRST + 3 + 5 * SLOTS);
        window.acknowledge(FIRST, FIRST + 3 + 5 * SLOTS);
        assertThat(window.isEmpty()).isTrue();
    }

    @Test
    void shouldHaveRoomForAWindow() {
        add(WindowLimits.MAX_FRAMES - 1, 1);
        assertThat(window.hasRoom()).isTrue();
        add(1);
        assertThat(window.hasRoom()).isFalse();
        window.acknowledge(FIRST + 1, FIRST + 2);
        assertThat(window.hasRoom()).as("the lowest is missing").isFalse();
        window.acknowledge(FIRST, FIRST + 1);
        assertThat(window.hasRoom()).isTrue();
    }

    /** Of one that is on its way elsewhere the object stays, as long as its place is not needed. */
    @Test
    void shouldKnowAnAcknowledgedFrameUntilItsPlaceIsTaken() {
        SentFrame first = add(1);
        first.queuedFor = RepetitionCause.FAILURE;
        window.acknowledge(FIRST, FIRST + 1);
        assertThat(window.get(FIRST)).isSameAs(first);
        add(SLOTS - 1, 1);
        assertThat(window.get(FIRST)).isSameAs(first);

        assertThat(add(1)).as("the old object is in use elsewhere").isNotSameAs(first);

        assertThat(window.get(FIRST)).isNull();
    }

    @Test
    void shouldUseTheObjectOfAForgottenFrameAgain() {
        SentFrame first = add(1);
        window.acknowledge(FIRST, FIRST + 1);
        add(SLOTS - 1, 1);

        assertThat(add(9)).isSameAs(first);
        assertThat(first.frameNumber).isEqualTo(FIRST + SLOTS);
        assertThat(first.payloadBytes).isEqualTo(9);
        assertThat(first.isAcknowledged()).isFalse();
    }

    /** Of thousands of sessions that each send one at a time, all these objects are to fit into the processor's cache. */
    @Test
    void shouldUseTheSameObjectForEachOfThoseThatAreSentOneAtATime() {
        window.underCount();
        SentFrame only = add(1);
        for (int i = 1; i < 3 * SLOTS; i++) {
            window.acknowledge(FIRST, FIRST + i);
            assertThat(add(1)).isSameAs(only);
            assertThat(window.lowest()).isSameAs(only);
            assertThat(only.frameNumber).isEqualTo(FIRST + i);
        }

        // And more at a time, from then on, as ever.
        add(5 * SLOTS, 1);
        for (int i = 0; i < 5 * SLOTS; i++) {
            long number = FIRST + 3 * SLOTS + i;
            assertThat(window.unacknowledgedFrom(number).frameNumber).isEqualTo(number);
        }
        window.acknowledge(FIRST, FIRST + 8 * SLOTS);
        assertThat(window.isEmpty()).isTrue();
    }

    @Test
    void shouldNotUseOneAgainThatIsNeededYet() {
        window.underCount();
        SentFrame first = add(1);
        first.queuedFor = RepetitionCause.FAILURE;
        window.acknowledge(FIRST, FIRST + 1);

        SentFrame second = add(1);

        assertThat(second).isNotSameAs(first);
        assertThat(window.lowest()).isSameAs(second);
    }

    @Test
    void shouldMakeAFinOfAnEmptyPayload() {
        window.add(Unpooled.EMPTY_BUFFER);

        assertThat(window.isEmpty()).isFalse();
        assertThat(window.unacknowledgedBytes()).isZero();
        window.acknowledge(FIRST, FIRST + 1);
        assertThat(window.isEmpty()).isTrue();
    }

    @Test
    void shouldReleaseAllPayloads() {
        ByteBuf one = VirtualSession.buffer(1);
        window.add(one);

        window.release();

        assertThat(one.refCnt()).isZero();
    }
}
