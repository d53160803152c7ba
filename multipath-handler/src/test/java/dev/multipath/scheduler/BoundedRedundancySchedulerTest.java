package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class BoundedRedundancySchedulerTest {

    private static final FakeFrame FRAME = FakeFrame.inTheMiddle();

    private final FakeSubflow near = FakeSubflow.of(0);
    private final FakeSubflow far = new FakeSubflow(1, 20, 200);
    private final List<FakeSubflow> both = List.of(near, far);
    private final CopyingScheduler scheduler = new BoundedRedundancyScheduler();

    private boolean copies(FrameView frame) {
        return scheduler.copies(far, frame, both, 0);
    }

    @Test
    void shouldCopyWhatIsWaitedForAndNothingElse() {
        assertThat(copies(FRAME)).isFalse();
        assertThat(copies(FRAME.first())).isTrue();
        assertThat(copies(FRAME.last())).isTrue();
        assertThat(copies(FRAME.atRisk())).isTrue();
        assertThat(copies(FRAME.urgent())).isTrue();
        assertThat(copies(FRAME.last().withCopies(2))).isFalse();
    }

    @Test
    void shouldKeepToItsBudget() {
        long copied = 0;
        for (long session = 0; session <= 10_000_000; session += 100_000) {
            while (copies(FRAME.last().afterSoMuch(session))) {
                copied += FRAME.payloadBytes();
            }
            assertThat(copied).isLessThanOrEqualTo((16 << 10) + (long) (0.021 * session));
        }
        assertThat(copied).isGreaterThan(210_000);
    }

    @Test
    void shouldLeaveFirstCopiesToTheOther() {
        assertThat(scheduler.select(both, FakeOffer.of(100), 0)).isZero();
        Scheduler turns = new BoundedRedundancyScheduler(new RoundRobinScheduler(), 0);
        assertThat(turns.select(both, FakeOffer.of(100), 0)).isZero();
        assertThat(turns.select(both, FakeOffer.of(100), 0)).isEqualTo(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BoundedRedundancyScheduler(new RoundRobinScheduler(), Double.NaN));
    }
}
