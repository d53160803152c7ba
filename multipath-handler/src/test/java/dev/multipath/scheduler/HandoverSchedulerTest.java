package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HandoverSchedulerTest {

    private static final Offer OFFER = FakeOffer.of(1 << 20);

    private final Scheduler scheduler = new HandoverScheduler();
    private final FakeSubflow mobile = new FakeSubflow(0, 100, 20).withCost(1);
    private final FakeSubflow home = new FakeSubflow(1, 10, 60);

    @Test
    void shouldUseOnePathHoweverMuchWaits() {
        assertThat(scheduler.select(List.of(mobile, home), OFFER, 0)).isEqualTo(1);
        home.filled();
        assertThat(scheduler.select(List.of(mobile, home), OFFER, 0)).isEqualTo(Scheduler.WAIT);
    }

    @Test
    void shouldUseTheOtherWhileTheFirstDoesNotDeliver() {
        assertThat(scheduler.select(List.of(mobile), OFFER, 0)).isZero();
        home.stuck();
        assertThat(scheduler.select(List.of(mobile, home), OFFER, 0)).isZero();
    }

    @Test
    void shouldStayWithTheFirstWhenCostsAreEqual() {
        assertThat(scheduler.select(List.of(FakeSubflow.of(3), FakeSubflow.of(5)), OFFER, 0))
                .isZero();
    }
}
