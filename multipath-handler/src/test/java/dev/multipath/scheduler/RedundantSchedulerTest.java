package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class RedundantSchedulerTest {

    private static final FakeFrame FRAME = FakeFrame.inTheMiddle();

    private final FakeSubflow good = new FakeSubflow(0, 50, 20);
    private final FakeSubflow fair = new FakeSubflow(1, 20, 40);
    private final FakeSubflow bad = new FakeSubflow(2, 2, 300);
    private final List<FakeSubflow> all = List.of(bad, fair, good);

    @Test
    void shouldCarryEveryFrameOnTheTwoBest() {
        CopyingScheduler scheduler = new RedundantScheduler();

        assertThat(scheduler.select(all, FakeOffer.of(1 << 20), 0)).isEqualTo(2);
        assertThat(scheduler.copies(fair, FRAME, all, 0)).isTrue();
        assertThat(scheduler.copies(bad, FRAME, all, 0)).isFalse();
        assertThat(scheduler.copies(fair, FRAME.withCopies(2), all, 0)).isFalse();
    }

    /** Who has room now carries all that was sent before. */
    @Test
    void shouldUseWhicheverHasRoom() {
        Scheduler scheduler = new RedundantScheduler();
        good.filled();

        assertThat(scheduler.select(all, FakeOffer.of(1 << 20), 0)).isEqualTo(1);
        fair.filled();
        assertThat(scheduler.select(all, FakeOffer.of(1 << 20), 0)).isEqualTo(Scheduler.WAIT);
    }

    /** A slow one that only followed would carry what has arrived already. */
    @Test
    void shouldWaitForOneThatIsFarBehind() {
        Scheduler scheduler = new RedundantScheduler();
        fair.filled();
        bad.filled();
        // 20 Mbit/s in 10 ms.
        assertThat(scheduler.select(all, FakeOffer.of(1 << 20).withUncopied(fair, 25_000), 0))
                .isEqualTo(2);
        assertThat(scheduler.select(all, FakeOffer.of(1 << 20).withUncopied(fair, 25_001), 0))
                .isEqualTo(Scheduler.WAIT);
        assertThat(scheduler.select(all, FakeOffer.of(1 << 20).withUncopied(bad, 1 << 20), 0))
                .isEqualTo(2);
        fair.stuck();
        assertThat(scheduler.select(all, FakeOffer.of(1 << 20).withUncopied(fair, 1 << 20), 0))
                .isEqualTo(2);
    }

    @Test
    void shouldUseTheNextBestWhenOneIsGone() {
        CopyingScheduler scheduler = new RedundantScheduler();

        assertThat(scheduler.copies(bad, FRAME, List.of(bad, fair), 0)).isTrue();
    }

    @Test
    void shouldCarryEveryFrameOnAsManyAsItIsTold() {
        CopyingScheduler three = new RedundantScheduler(3);

        assertThat(three.copies(bad, FRAME.withCopies(2), all, 0)).isTrue();
        assertThat(new RedundantScheduler(1).copies(fair, FRAME, all, 0)).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> new RedundantScheduler(0));
    }
}
