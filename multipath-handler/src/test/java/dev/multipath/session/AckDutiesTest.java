package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When acknowledgements are due, of either profile, and which. */
class AckDutiesTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final long NOW = 5_000 * MILLISECOND;
    private static final int EVERY_BYTES = 8 << 10;

    private final AckSchedule schedule = new AckSchedule();
    private final AckQueue queue = new AckQueue();

    // ---- the extended profile

    @Test
    void shouldWaitTwoMillisecondsAtTheMost() {
        schedule.onNumberedFrame(100, false, NOW);
        schedule.onNumberedFrame(100, false, NOW + MILLISECOND);

        assertThat(schedule.dueAtNanos()).isEqualTo(NOW + 2 * MILLISECOND);
        assertThat(schedule.frames()).isEqualTo(2);
    }

    @Test
    void shouldWaitForNoMoreThanEightKibibytes() {
        schedule.onNumberedFrame(EVERY_BYTES - 1, false, NOW);
        assertThat(schedule.dueAtNanos()).isGreaterThan(NOW);
        schedule.onNumberedFrame(1, false, NOW + 1);
        assertThat(schedule.dueAtNanos()).isEqualTo(NOW + 1);

        schedule.onAcknowledged();
        assertThat(schedule.dueAtNanos()).isEqualTo(Deadline.NONE);
        schedule.onNumberedFrame(EVERY_BYTES - 1, false, NOW + 5);
        assertThat(schedule.dueAtNanos()).as("counted anew").isEqualTo(NOW + 5 + 2 * MILLISECOND);
    }

    @Test
    void shouldNotWaitWithWhatIsUrgent() {
        schedule.onNumberedFrame(1, true, NOW);

        assertThat(schedule.dueAtNanos()).isEqualTo(NOW);
    }

    @Test
    void shouldNotPutOffWhatIsDueBefore() {
        schedule.request(NOW);
        schedule.request(NOW + 1);

        assertThat(schedule.dueAtNanos()).isEqualTo(NOW);
        assertThat(schedule.hasNews()).as("nothing has come").isFalse();
    }

    @Test
    void shouldSayHowLongTheNewestHasWaited() {
        assertThat(schedule.delayMicros(NOW)).isZero();
        schedule.onNumberedFrame(1, false, NOW);
        schedule.onNumberedFrame(1, false, NOW + MILLISECOND);

        assertThat(schedule.delayMicros(NOW + 3 * MILLISECOND)).isEqualTo(2000);
    }

    /** From when the first came that is not acknowledged here. */
    @Test
    void shouldHaveTimeWhenAnotherSubflowHasToldOfIt() {
        schedule.onNumberedFrame(1, false, NOW);
        schedule.onNumberedFrame(1, false, NOW + MILLISECOND);
        assertThat(schedule.hasNews()).isTrue();

        schedule.onToldElsewhere(NOW + MILLISECOND);

        assertThat(schedule.hasNews()).isFalse();
        assertThat(schedule.dueAtNanos()).isEqualTo(NOW + AckSchedule.MAX_TOLD_DELAY_NANOS);
        schedule.onNumberedFrame(1, false, NOW + 10 * MILLISECOND);
        assertThat(schedule.hasNews()).isTrue();
        assertThat(schedule.dueAtNanos()).isEqualTo(NOW + 12 * MILLISECOND);
    }

    @Test
    void shouldNotPutOffWhatIsDueAlready() {
        schedule.onNumberedFrame(1, true, NOW);
        schedule.onToldElsewhere(NOW);
        assertThat(schedule.dueAtNanos()).isEqualTo(NOW);

        schedule.onAcknowledged();
        schedule.onToldElsewhere(NOW);
        assertThat(schedule.dueAtNanos()).as("nothing is").isEqualTo(Deadline.NONE);
        assertThat(schedule.hasNews()).isFalse();
    }

    // ---- the base profile

    @Test
    void shouldGiveTheOldestFirst() {
        assertThat(queue.isEmpty()).isTrue();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 40; i++) {
                queue.add(i);
            }
            for (int i = 0; i < 40; i++) {
                assertThat(queue.isEmpty()).isFalse();
                assertThat(queue.poll()).isEqualTo(i);
            }
            assertThat(queue.isEmpty()).isTrue();
        }
    }

    /** Its ring goes round before it grows. */
    @Test
    void shouldKeepTheOrderWhenItGrowsInTheMiddle() {
        for (int i = 0; i < 10; i++) {
            queue.add(i);
        }
        for (int i = 0; i < 7; i++) {
            assertThat(queue.poll()).isEqualTo(i);
        }
        for (int i = 10; i < 50; i++) {
            queue.add(i);
        }
        for (int i = 7; i < 50; i++) {
            assertThat(queue.poll()).isEqualTo(i);
        }
    }

    @Test
    void shouldLoseTheOldestBeyondAWindow() {
        for (int i = 0; i <= AckQueue.MAX_ACKS; i++) {
            queue.add(i);
        }
        for (int i = 1; i <= AckQueue.MAX_ACKS; i++) {
            assertThat(queue.poll()).isEqualTo(i);
        }
        assertThat(queue.isEmpty()).isTrue();
    }
}
