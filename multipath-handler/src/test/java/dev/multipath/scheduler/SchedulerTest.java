package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchedulerTest {

    private static final Offer OFFER = new Offer() {
        @Override
        public long queuedBytes() {
            return 1;
        }

        @Override
        public long roomBytes() {
            return Long.MAX_VALUE;
        }

        @Override
        public boolean isRepetition() {
            return false;
        }
    };

    private record View(int id, long smoothedRttNanos, boolean canTake) implements SubflowView {
        @Override
        public long inFlightBytes() {
            return canTake ? 0 : 1;
        }

        @Override
        public long minRttNanos() {
            return smoothedRttNanos;
        }

        @Override
        public long rttVarianceNanos() {
            return 0;
        }

        @Override
        public double deliveryRateBytesPerSecond() {
            return 0;
        }

        @Override
        public boolean isRateGrowing() {
            return false;
        }

        @Override
        public long inFlightLimitBytes() {
            return 1;
        }
    }

    @Test
    void shouldPreferTheLowestRttOfThoseThatCanTakeAFrame() {
        Scheduler scheduler = new LowestRttScheduler();

        assertThat(scheduler.select(List.of(view(0, 30), view(1, 10), view(2, 20)), OFFER, 0))
                .isEqualTo(1);
        assertThat(scheduler.select(List.of(view(0, 30), full(1, 10), view(2, 20)), OFFER, 0))
                .isEqualTo(2);
    }

    @Test
    void shouldPreferTheOlderSubflowWhenRttsAreEqual() {
        assertThat(new LowestRttScheduler().select(List.of(view(4, 10), view(7, 10)), OFFER, 0))
                .isZero();
    }

    @Test
    void shouldUseASubflowOfUnknownRttWhenNoOtherCanTakeAFrame() {
        Scheduler scheduler = new LowestRttScheduler();

        assertThat(scheduler.select(List.of(view(0, Long.MAX_VALUE), view(1, 10)), OFFER, 0))
                .isEqualTo(1);
        assertThat(scheduler.select(List.of(view(0, Long.MAX_VALUE), full(1, 10)), OFFER, 0))
                .isZero();
    }

    @Test
    void shouldWaitWhenNoSubflowCanTakeAFrame() {
        for (Scheduler scheduler : List.of(new LowestRttScheduler(), new RoundRobinScheduler())) {
            assertThat(scheduler.select(List.of(), OFFER, 0)).isEqualTo(Scheduler.WAIT);
            assertThat(scheduler.select(List.of(full(0, 10), full(1, 20)), OFFER, 0))
                    .isEqualTo(Scheduler.WAIT);
        }
    }

    @Test
    void shouldTakeTurnsWhateverTheRtt() {
        Scheduler scheduler = new RoundRobinScheduler();
        List<View> subflows = List.of(view(0, 30), view(1, 10), view(2, 20));

        assertThat(select(scheduler, subflows, 5)).containsExactly(0, 1, 2, 0, 1);
    }

    @Test
    void shouldGoOnWithTheNextWhenASubflowIsFullOrGoneOrNew() {
        Scheduler scheduler = new RoundRobinScheduler();
        assertThat(select(scheduler, List.of(view(0, 1), view(1, 1), view(2, 1)), 2))
                .containsExactly(0, 1);

        // Subflow 1 was the last one; it is gone, and 3 is new.
        assertThat(select(scheduler, List.of(view(0, 1), full(2, 1), view(3, 1)), 3))
                .containsExactly(3, 0, 3);
    }

    /** The ids of the subflows chosen. */
    private static List<Integer> select(Scheduler scheduler, List<View> subflows, int times) {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            ids.add(subflows.get(scheduler.select(subflows, OFFER, 0)).id());
        }
        return ids;
    }

    private static View view(int id, long smoothedRttNanos) {
        return new View(id, smoothedRttNanos, true);
    }

    private static View full(int id, long smoothedRttNanos) {
        return new View(id, smoothedRttNanos, false);
    }
}
