package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What TCP tells of itself keeps the queues of a session's paths short, and its stream moving. */
class TellingTransportTest {

    private static final long MILLISECOND = 1_000_000;

    /**
     * Where it is not told, the far path's queue overflows for as long as the session lasts: what comes behind each loss looks like a
     * burst. A single run's longest stall is left out where RTTs differ by 20: it depends on which PROBE_RTTs coincide.
     */
    @ParameterizedTest
    @CsvSource({
        "S3, true, 0.93, 1000",
        "S2, true, 0.97, 120",
        "S2, false, 0.97, 120",
        "30/15+12/60+3/300, true, 0.94, 1000",
        "30/15+12/60+3/300, false, 0.93, 1000",
    })
    void shouldKeepTheStreamMovingWherePathsDiffer(String cell, boolean upload, double ofSum, long stallMillis) {
        assumeThat(System.getProperty("sim.transport")).isNull();
        BulkJudge.Result result =
                BulkJudge.judge(Cell.named(cell, TcpControl.Kind.BBR, 1), upload, EarliestArrivalScheduler::new);

        assertThat(result.ofSum()).isGreaterThan(ofSum);
        assertThat(result.stallNanos() / MILLISECOND).isLessThan(stallMillis);
    }

    /** A path that loses packets delivers nothing, and then all at once; it must not run dry meanwhile. */
    @Test
    void shouldKeepAPathBusyThatLosesPackets() {
        assumeThat(System.getProperty("sim.transport")).isNull();
        BulkJudge.Result result =
                BulkJudge.judge(Cell.named("S4", TcpControl.Kind.BBR, 1), true, EarliestArrivalScheduler::new);

        assertThat(result.ofSum()).isGreaterThan(0.91);
    }

    /** The packet with its first ping was lost: so it looked seven times as far as it is, was given nothing, and would have stayed so. */
    @Test
    void shouldFindOutThatAPathIsNearerThanItsFirstAnswerSaid() {
        assumeThat(System.getProperty("sim.transport")).isNull();
        BulkJudge.Result result =
                BulkJudge.judge(Cell.named("S4", TcpControl.Kind.BBR, 173), false, EarliestArrivalScheduler::new);

        assertThat(result.ofSum()).isGreaterThan(0.87);
    }
}
