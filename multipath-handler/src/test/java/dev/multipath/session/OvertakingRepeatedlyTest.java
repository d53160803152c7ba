package dev.multipath.session;

import static dev.multipath.session.OvertakingFixture.MILLISECOND;
import static dev.multipath.session.OvertakingFixture.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.session.SentFrame.Transmission;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is copied that has been copied already, for whom, and what comes by itself. */
class OvertakingRepeatedlyTest {

    /** Of the lowest frames. */
    private static final int LOOKED_AT = 64;

    private final OvertakingFixture fixture = new OvertakingFixture();

    @AfterEach
    void release() {
        fixture.close();
    }

    /** Near paths that pause together would fill a far one with all that they have. */
    @Test
    void shouldCopyOnlyTheLowestAThirdTime() {
        SubflowControl first = fixture.subflow(40);
        Transmission lowest = fixture.send(first);
        Transmission next = fixture.send(first);
        SubflowControl second = fixture.subflow(40);
        second.onSent(lowest.frame, NOW);
        second.onSent(next.frame, NOW);
        fixture.subflow(300);
        long overdueAtNanos = next.frame.overdueAtNanos();
        assertThat(lowest.frame.overdueAtNanos()).isEqualTo(overdueAtNanos);

        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(overdueAtNanos);
        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly("10 on 2");
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
        fixture.window.acknowledge(lowest.frame);
        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly("11 on 2");
    }

    /** A copy on one that is on probation may never come. */
    @Test
    void shouldNotCountACopyOnProbation() {
        SubflowControl first = fixture.subflow(40);
        fixture.send(first);
        Transmission next = fixture.send(first);
        SubflowControl tried = fixture.subflow(40);
        tried.probation().begin(1000);
        fixture.subflows.update();
        tried.onSent(next.frame, NOW);
        fixture.subflow(300);

        assertThat(fixture.overdueAt(next.overdueAtNanos)).containsExactly("10 on 2", "11 on 2");
    }

    /** As far as it has room; and of what is overdue, the lowest. */
    @Test
    void shouldTryWhatIsOnProbationWithWhatIsOverdue() {
        SubflowControl carrier = fixture.subflow(40);
        List<Transmission> all = new ArrayList<>();
        for (int i = 0; i <= LOOKED_AT; i++) {
            all.add(fixture.send(carrier));
            all.get(i).overdueAtNanos = NOW + MILLISECOND;
        }
        SubflowControl tried = fixture.subflow(40);
        tried.probation().begin(1_000_000);
        fixture.subflows.update();

        assertThat(fixture.overdueAt(NOW + MILLISECOND - 1)).isEmpty();
        tried.writable(false);
        assertThat(fixture.overdueAt(NOW + MILLISECOND)).isEmpty();
        tried.writable(true);
        assertThat(fixture.overdueAt(NOW + MILLISECOND))
                .hasSize(LOOKED_AT)
                .startsWith("10 on 1", "11 on 1")
                .endsWith(10 + LOOKED_AT - 1 + " on 1");
        assertThat(fixture.overdueAt(NOW + MILLISECOND)).isEmpty();
    }

    /** And with what waits to be sent again, wherever that is. */
    @Test
    void shouldTryWhatIsOnProbationWithWhatWaits() {
        SubflowControl carrier = fixture.subflow(40);
        SubflowControl lost = fixture.subflow(40);
        for (int i = 0; i < LOOKED_AT; i++) {
            fixture.send(carrier);
        }
        fixture.send(lost);
        SubflowControl tried = fixture.subflow(40);
        tried.probation().begin(1_000_000);
        fixture.subflows.update();
        assertThat(fixture.overdueAt(NOW)).isEmpty();

        fixture.subflows.remove(lost);
        fixture.retransmitter.onSubflowFailed(lost, NOW);

        assertThat(fixture.overdueAt(NOW)).containsExactly(10 + LOOKED_AT + " on 2");
    }

    /** Half of the time that what is late may take is what it takes; to the nanosecond when a copy is told of by then. */
    @Test
    void shouldNotWaitForWhatComesLaterThanItsCopy() {
        SubflowControl lossy = fixture.subflow(60);
        SubflowControl near = fixture.subflow(10);
        fixture.send(lossy);
        Transmission next = fixture.send(lossy);
        next.overdueAtNanos = NOW;
        long nowNanos = NOW + MILLISECOND;
        long copyNanos = near.arrivesAtNanos(100, nowNanos) + near.minRttNanos() / 2 - nowNanos;

        next.patienceNanos = MILLISECOND + 2 * copyNanos - 2;
        assertThat(fixture.overdueAt(nowNanos)).isEmpty();
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(NOW + next.patienceNanos);
        next.patienceNanos = MILLISECOND + 2 * copyNanos;
        assertThat(fixture.overdueAt(nowNanos)).containsExactly("11 on 1");
    }
}
