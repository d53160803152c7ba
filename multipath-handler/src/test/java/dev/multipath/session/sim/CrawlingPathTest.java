package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import dev.multipath.session.sim.FaultPlan.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A path crawls for some seconds, and then does no more. bbr has taken it for one with a policer by then, and would keep to that for 48 round
 * trips.
 */
class CrawlingPathTest {

    private static final long SECOND = 1_000_000_000L;

    @ParameterizedTest
    @CsvSource({
        "S5, BBR, true, 5",
        "S5, BBR, false, 5",
        "S5, BBR, true, 3",
        "S5, BBR, false, 8",
        "S5, CUBIC, true, 5",
        "S5, CUBIC, false, 5",
        "S2, BBR, true, 5",
        "S2, BBR, false, 5",
    })
    void shouldBeInUseSoonAfterItHasMended(String cell, TcpControl.Kind control, boolean upload, int seconds) {
        FaultPlan plan = FaultPlan.of(Cell.named(cell, control, 1), upload, Kind.ZOMBIE, seconds * SECOND);

        FaultJudge.Result result = FaultJudge.judge(plan, EarliestArrivalScheduler::new);

        assertThat(result.verdicts())
                .as("%s", result.verdicts())
                .allSatisfy(verdict -> assertThat(verdict.isBackTooLate()).isFalse());
    }
}
