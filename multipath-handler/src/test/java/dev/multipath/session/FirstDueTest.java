package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.StatsTracker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of all that a session waits for is due first. */
class FirstDueTest {

    private final FirstDue first = new FirstDue();

    @Test
    void shouldBeNothingWithoutAny() {
        first.begin();
        first.offer(TimerName.STALE, Deadline.NONE);

        assertThat(first.atNanos()).isEqualTo(Deadline.NONE);
        assertThat(first.name()).isNull();
    }

    /** Of equals, the one that is named first. */
    @Test
    void shouldBeTheEarliestAndBeginAnew() {
        first.begin();
        first.offer(TimerName.PACE, 30);
        first.offer(TimerName.LINGER, 20);
        first.offer(TimerName.STALE, 20);
        first.offer(TimerName.PROBE, 20);
        assertThat(first.atNanos()).isEqualTo(20);
        assertThat(first.name()).isEqualTo(TimerName.STALE);

        first.begin();
        first.offer(TimerName.LINGER, 40);
        assertThat(first.atNanos()).isEqualTo(40);
        assertThat(first.name()).isEqualTo(TimerName.LINGER);
    }

    @Test
    void shouldActForEachSubflowThatIsDueThoughItLeavesTheListByThat() {
        List<SubflowControl> subflows = new ArrayList<>(List.of(subflow(1), subflow(2), subflow(3), subflow(4)));
        List<String> fired = new ArrayList<>();

        FirstDue.forEach(
                subflows,
                subflow -> subflow.id() == 2 ? 50 : 10 + subflow.id(),
                (subflow, now) -> {
                    fired.add(subflow.id() + " at " + now);
                    if (subflow.id() != 4) {
                        subflows.remove(subflow);
                    }
                },
                14);

        assertThat(fired).containsExactly("1 at 14", "3 at 14", "4 at 14");
    }

    private static SubflowControl subflow(int id) {
        return new SubflowControl(
                id, StatsTracker.NONE, Handshake.none(), new BandwidthDelayControl(), new Lateness(), 0);
    }
}
