package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * All paths began at about the same time, so their bbr pause at about the same time, with four packets a round trip for 200 ms
 * (PROBE_RTT): the stream goes on meanwhile, as fast as those bring it.
 */
class PausingPathsTest {

    private static final long MILLISECOND = 1_000_000;

    @ParameterizedTest
    @CsvSource({
        "S1, 100",
        "S3, 210",
        "30/15+12/60+3/300, 260",
    })
    void shouldBringWhatFourPacketsBringWhileAllPathsPause(String cell, long stallMillis) {
        assumeThat(System.getProperty("sim.transport")).isNull();
        for (long seed = 1; seed <= 2; seed++) {
            BulkJudge.Result result =
                    BulkJudge.judge(Cell.named(cell, TcpControl.Kind.BBR, seed), true, EarliestArrivalScheduler::new);

            assertThat(result.stallNanos() / MILLISECOND).as("seed %d", seed).isLessThan(stallMillis);
        }
    }
}
