package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class CostlyPathSchedulerTest {

    private static final long MILLISECOND = 1_000_000;

    private final Scheduler scheduler = new CostlyPathScheduler();
    private final FakeSubflow costly = new FakeSubflow(0, 50, 20).withCost(5);

    /** 1 MB take a second. */
    private final FakeSubflow cheap = new FakeSubflow(1, 8, 40);

    private final List<FakeSubflow> both = List.of(costly, cheap);

    @Test
    void shouldUseTheCheapPathAlone() {
        assertThat(scheduler.select(both, FakeOffer.of(10 << 20), 0)).isEqualTo(1);
        cheap.filled();
        assertThat(scheduler.select(both, FakeOffer.of(10 << 20), 0)).isEqualTo(Scheduler.WAIT);
        assertThat(scheduler.askAgainAtNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldUseTheCostlyPathWhenADeadlineWouldBeMissed() {
        cheap.filled();
        FakeOffer due = FakeOffer.due(1_000_000, 2_000 * MILLISECOND);

        assertThat(scheduler.select(both, due, 0)).isEqualTo(Scheduler.WAIT);
        // It is time to ask again when the cheap path could no longer make it.
        long latest = scheduler.askAgainAtNanos();
        assertThat(latest).isBetween(600 * MILLISECOND, 1_000 * MILLISECOND);
        assertThat(scheduler.select(both, due, latest - MILLISECOND)).isEqualTo(Scheduler.WAIT);
        assertThat(scheduler.select(both, due, latest + MILLISECOND)).isZero();
    }

    @Test
    void shouldUseTheCostlyPathWhenTheRateWouldBeMissed() {
        cheap.filled();

        assertThat(new CostlyPathScheduler(900_000).select(both, FakeOffer.of(10 << 20), 0))
                .isEqualTo(Scheduler.WAIT);
        assertThat(new CostlyPathScheduler(1_100_000).select(both, FakeOffer.of(10 << 20), 0))
                .isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> new CostlyPathScheduler(-1));
    }

    @Test
    void shouldUseTheCostlyPathWhenNothingCheaperIsThere() {
        assertThat(scheduler.select(List.of(costly), FakeOffer.of(100), 0)).isZero();
        cheap.stuck();
        assertThat(scheduler.select(both, FakeOffer.of(100), 0)).isZero();
    }

    @Test
    void shouldUseNoMoreThanIsNeeded() {
        FakeSubflow middle = new FakeSubflow(2, 50, 20).withCost(2);
        cheap.filled();
        FakeOffer due = FakeOffer.due(1_000_000, 500 * MILLISECOND);

        assertThat(scheduler.select(List.of(costly, cheap, middle), due, 0)).isEqualTo(2);
        middle.filled();
        assertThat(scheduler.select(List.of(costly, cheap, middle), due, 0)).isEqualTo(Scheduler.WAIT);
    }
}
