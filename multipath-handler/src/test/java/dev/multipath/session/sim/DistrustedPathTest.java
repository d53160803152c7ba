package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowState;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The owners of the simulated sessions do as the channels: who follows on a path on which data got stuck has to show that it delivers. */
class DistrustedPathTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long STEP_NANOS = 10_000_000L;

    @Test
    void shouldPutWhoFollowsWhereDataGotStuckOnProbation() {
        Flow sender = new Flow(total -> {});
        Flow receiver = new Flow(total -> {});
        sender.want(1L << 40);
        TcpWorld world = new TcpWorld(
                List.of(PathSpec.of(9, 27), PathSpec.of(7, 5)),
                TcpControl.Kind.CUBIC,
                EarliestArrivalScheduler::new,
                1,
                false,
                sender,
                receiver);
        world.run(4 * SECOND);
        Set<Object> before = new HashSet<>(world.client.session.subflows());
        assertThat(before).hasSize(2);
        world.paths.get(0).down(true, true, true);
        world.run(6 * SECOND);
        world.paths.get(0).restore();

        int followers = 0;
        for (long at = 6 * SECOND; at < 8 * SECOND; at += STEP_NANOS) {
            world.run(at + STEP_NANOS);
            for (Subflow subflow : world.client.session.subflows()) {
                if (subflow.state() == SubflowState.ACTIVE && subflow.isSettled() && before.add(subflow)) {
                    followers++;
                    assertThat(subflow.isTrusted()).isFalse();
                }
            }
        }
        world.end();

        assertThat(followers).isPositive();
    }
}
