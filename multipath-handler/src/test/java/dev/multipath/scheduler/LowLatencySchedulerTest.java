package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LowLatencySchedulerTest {

    private final Scheduler scheduler = new LowLatencyScheduler();
    private final FakeSubflow wide = new FakeSubflow(0, 100, 60);

    /** A hundredth of the rate. */
    private final FakeSubflow near = new FakeSubflow(1, 1, 5);

    private int select(FakeOffer offer) {
        return scheduler.select(List.of(wide, near), offer, 0);
    }

    @Test
    void shouldSteerWhatIsSmallToThePathOfLeastDelay() {
        assertThat(select(FakeOffer.of(1_000))).isEqualTo(1);
        // 30 KB take a quarter of a second there.
        assertThat(select(FakeOffer.of(30_000))).isZero();
        assertThat(select(FakeOffer.of(1_000, Urgency.BULK))).isZero();
    }

    @Test
    void shouldSteerWhatIsUrgentToWhereItArrivesFirst() {
        assertThat(select(FakeOffer.of(2_000, Urgency.URGENT))).isEqualTo(1);
        assertThat(select(FakeOffer.of(200_000, Urgency.URGENT))).isZero();
    }

    @Test
    void shouldKeepBulkAwayFromANarrowPath() {
        wide.filled();

        assertThat(select(FakeOffer.of(10 << 20))).isEqualTo(Scheduler.WAIT);
        // One that adds something is used.
        assertThat(scheduler.select(List.of(wide, new FakeSubflow(2, 40, 30)), FakeOffer.of(10 << 20), 0))
                .isEqualTo(1);
    }

    @Test
    void shouldWaitForTheNearPathWhenThatIsSoonerStill() {
        near.filled();

        assertThat(select(FakeOffer.of(100))).isEqualTo(Scheduler.WAIT);
        near.stuck();
        assertThat(select(FakeOffer.of(100))).isZero();
    }
}
