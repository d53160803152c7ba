package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Of a TCP that tells nothing of itself (NIO), silence shows what it keeps back, and that it pauses. What came at once behind an overflow of the
 * queue was let pass on top of it before: S2 had .90 of the sum.
 */
class SilentTransportTest {

    private static final long MILLISECOND = 1_000_000;

    @ParameterizedTest
    @CsvSource({
        "S2, true, 0.96",
        "S2, false, 0.96",
        "S3, true, 0.94",
        "S3, false, 0.93",
    })
    void shouldKeepTheStreamMovingWherePathsDiffer(String cell, boolean upload, double ofSum) {
        BulkJudge.Result result =
                BulkJudge.judge(Cell.named(cell, TcpControl.Kind.BBR, 1), upload, EarliestArrivalScheduler::new, false);

        assertThat(result.ofSum()).isGreaterThan(ofSum);
        assertThat(result.stallNanos() / MILLISECOND).isLessThan(150);
    }
}
