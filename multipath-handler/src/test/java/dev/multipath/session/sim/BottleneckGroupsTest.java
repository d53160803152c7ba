package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.congestion.Bottlenecks;
import dev.multipath.testing.Depth;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whether subflows that share a bottleneck are told from those that do not, in virtual time. */
@Tag("simulation")
@ExtendWith(TellsSimulatedTime.class)
class BottleneckGroupsTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long SECONDS = 40;
    private static final int SEEDS = Depth.of(10, 500);
    private static final int SHARED_SEEDS = Depth.of(5, 100);

    /** All of them, for which it would be twice as much to simulate: without a wrong group nothing is different. */
    private static final int COMPARED = 10;

    private static final double MAX_FALSE = 0.02;
    private static final double MIN_FOUND = 0.75;
    private static final double MIN_GOODPUT = 0.98;

    /** A session that looks for bottlenecks; how many of its subflows were coupled at most, and what it brought. */
    private static final class Run {

        final Bottlenecks bottlenecks = new Bottlenecks();
        final BottleneckScenario scenario;
        int mostCoupled;

        Run(boolean shared, long seed) {
            scenario = new BottleneckScenario(shared, seed, bottlenecks);
            for (long second = 1; second <= SECONDS; second++) {
                scenario.world.run(second * SECOND);
                mostCoupled = Math.max(mostCoupled, bottlenecks.coupledSubflows());
            }
        }

        long bytes() {
            return scenario.session.totalBytes();
        }
    }

    private static long uncoupledBytes(long seed) {
        BottleneckScenario scenario = new BottleneckScenario(false, seed, BandwidthDelayControl::new);
        scenario.world.run(SECONDS * SECOND);
        return scenario.session.totalBytes();
    }

    @Test
    void shouldLeaveDisjointPathsAlone() {
        List<String> wrong = new ArrayList<>();
        long bytes = 0;
        long uncoupledBytes = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            Run run = new Run(false, seed);
            bytes += run.bytes();
            if (run.mostCoupled > 0) {
                wrong.add(seed + ": " + run.scenario.description);
            }
            if (run.mostCoupled > 0 || seed % COMPARED == 0) {
                uncoupledBytes += uncoupledBytes(seed);
            } else {
                uncoupledBytes += run.bytes();
            }
        }
        System.out.printf(
                "bottlenecks: %d of %d sessions over disjoint paths coupled some, %.4f of the uncoupled goodput %s%n",
                wrong.size(), SEEDS, (double) bytes / uncoupledBytes, wrong);
        assertThat((double) wrong.size() / SEEDS).as(wrong.toString()).isLessThanOrEqualTo(MAX_FALSE);
        assertThat((double) bytes / uncoupledBytes).isGreaterThanOrEqualTo(MIN_GOODPUT);
    }

    @Test
    void shouldFindASharedBottleneck() {
        int found = 0;
        for (int seed = 1; seed <= SHARED_SEEDS; seed++) {
            found += new Run(true, seed).mostCoupled >= 2 ? 1 : 0;
        }
        System.out.printf("bottlenecks: %d of %d sessions over a shared one have coupled some%n", found, SHARED_SEEDS);
        assertThat((double) found / SHARED_SEEDS).isGreaterThanOrEqualTo(MIN_FOUND);
    }
}
