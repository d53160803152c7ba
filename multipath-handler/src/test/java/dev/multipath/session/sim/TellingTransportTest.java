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

    /** Where it is not told, the far path's queue overflows for as long as the session lasts: what comes behind each loss looks like a burst. */
    @ParameterizedTest
    @CsvSource({
        "S3, BBR, true, 0.93, 300",
        "S3, BBR, false, 0.93, 300",
        "S2, BBR, true, 0.97, 120",
        "S2, BBR, false, 0.97, 120",
        "30/15+12/60+3/300, BBR, true, 0.94, 400",
        "30/15+12/60+3/300, BBR, false, 0.93, 400",
        "30/15+12/60+3/300, CUBIC, true, 0.92, 350",
    })
    void shouldKeepTheStreamMovingWherePathsDiffer(
            String cell, TcpControl.Kind control, boolean upload, double ofSum, long stallMillis) {
        assumeThat(System.getProperty("sim.transport")).isNull();
        BulkJudge.Result result = BulkJudge.judge(Cell.named(cell, control, 1), upload, EarliestArrivalScheduler::new);

        assertThat(result.ofSum()).isGreaterThan(ofSum);
        assertThat(result.stallNanos() / MILLISECOND).isLessThan(stallMillis);
    }

    /** A path that loses packets delivers nothing, and then all at once; it must not run dry meanwhile. */
    @Test
    void shouldKeepAPathBusyThatLosesPackets() {
        assumeThat(System.getProperty("sim.transport")).isNull();
        BulkJudge.Result result =
                BulkJudge.judge(Cell.named("S4", TcpControl.Kind.BBR, 1), true, EarliestArrivalScheduler::new);

        assertThat(result.ofSum()).isGreaterThan(0.93);
    }
}
