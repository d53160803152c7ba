package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A far path's TCP begins with bursts that its queue does not hold, and needs a round trip of 300 to 400 ms to notice, and one more to
 * repair it. All that time what near paths bring waits: unless the sender goes by what they tell.
 */
class MissingFramesTest {

    private static final long MILLISECOND = 1_000_000;

    @ParameterizedTest
    @CsvSource({"BBR, true", "BBR, false", "CUBIC, true", "CUBIC, false"})
    void shouldNotWaitForAFarPathToRepairWhatItHasLost(TcpControl.Kind control, boolean up) {
        assumeThat(System.getProperty("sim.transport")).isNull();
        for (long seed = 1; seed <= 3; seed++) {
            Cell cell = Cell.named("30/15+12/60+3/300", control, seed);

            BulkJudge.Result result = BulkJudge.judge(cell, up, EarliestArrivalScheduler::new);

            assertThat(result.stallNanos() / MILLISECOND).as("seed %d", seed).isLessThan(180);
        }
    }
}
