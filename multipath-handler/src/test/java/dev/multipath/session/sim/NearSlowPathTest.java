package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A path that is slow and near holds less than one frame: what is on the way is mostly a frame that is not whole, and acknowledgements that
 * wait. It brings as much as TCP alone does, all the same.
 */
class NearSlowPathTest {

    /** What the judge wants of the best path. */
    private static final double WANTED_SHARE = 0.98;

    @ParameterizedTest
    @CsvSource({"8.13, 4.94, 58", "2.09, 26.6, 67", "4.4, 9.67, 53", "6, 5.75, 29"})
    void shouldBringWhatTcpBrings(double megabits, double rttMillis, double queueMillis) {
        PathSpec path = new PathSpec(megabits, rttMillis, queueMillis, 0, 0);
        for (TcpControl.Kind control : TcpControl.Kind.values()) {
            for (boolean upload : new boolean[] {true, false}) {
                Cell cell = new Cell("near and slow", List.of(path), control, 1);
                BulkJudge.Result result = BulkJudge.judge(cell, upload, EarliestArrivalScheduler::new);
                assertThat(result.ofBest()).as("%s", result).isGreaterThanOrEqualTo(WANTED_SHARE);
            }
        }
    }
}
