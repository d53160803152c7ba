package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.StatsTracker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of a session's timers is next, and what fires when. */
class TimersTest {

    private final Timers timers = new Timers();
    private final List<String> fired = new ArrayList<>();

    private static SubflowControl subflow(int id) {
        return new SubflowControl(id, StatsTracker.NONE, Handshake.none(), new BandwidthDelayControl(), 0);
    }

    @Test
    void shouldWaitForNothingAtFirst() {
        assertThat(timers.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
        assertThat(timers.next()).isNull();
        timers.fire(Long.MAX_VALUE - 1);
    }

    @Test
    void shouldFireWhatIsDueAndNothingElse() {
        timers.set(Timers.Name.LINGER, () -> 30, nowNanos -> fired.add("linger at " + nowNanos));
        timers.set(Timers.Name.PACE, () -> 20, nowNanos -> fired.add("pace at " + nowNanos));
        assertThat(timers.nextDeadlineNanos()).isEqualTo(20);
        assertThat(timers.next()).isEqualTo(Timers.Name.PACE);

        timers.fire(19);
        assertThat(fired).isEmpty();
        timers.fire(20);
        assertThat(fired).containsExactly("pace at 20");
        timers.fire(30);
        assertThat(fired).containsExactly("pace at 20", "pace at 30", "linger at 30");
    }

    /** Of several that are due at once, the one that is named first. */
    @Test
    void shouldNameTheFirstOfThoseThatAreDueAtOnce() {
        timers.set(Timers.Name.LINGER, () -> 20, Timers::nothing);
        timers.set(Timers.Name.STALE, () -> 20, Timers::nothing);

        assertThat(timers.next()).isEqualTo(Timers.Name.STALE);
    }

    @Test
    void shouldFireForEachSubflowThatIsDueThoughItLeavesTheListByThat() {
        List<SubflowControl> subflows = new ArrayList<>(List.of(subflow(1), subflow(2), subflow(3), subflow(4)));
        timers.setForEach(
                Timers.Name.STALE, subflows, subflow -> subflow.id() == 2 ? 50 : 10 + subflow.id(), (subflow, now) -> {
                    fired.add(subflow.id() + " at " + now);
                    if (subflow.id() != 4) {
                        subflows.remove(subflow);
                    }
                });
        assertThat(timers.nextDeadlineNanos()).isEqualTo(11);

        timers.fire(14);

        assertThat(fired).containsExactly("1 at 14", "3 at 14", "4 at 14");
        assertThat(timers.nextDeadlineNanos()).isEqualTo(14);
        assertThat(timers.next()).isEqualTo(Timers.Name.STALE);
    }

    @Test
    void shouldWaitForNothingWithoutSubflows() {
        timers.setForEach(Timers.Name.STALE, List.of(), subflow -> 10, (subflow, now) -> fired.add("none"));

        assertThat(timers.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
        timers.fire(20);
        assertThat(fired).isEmpty();
    }
}
