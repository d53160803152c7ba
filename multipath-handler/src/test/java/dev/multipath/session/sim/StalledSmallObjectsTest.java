package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Small objects go over the nearest path, though something of it is lost now and then: a request of 64 bytes that waited for that is no
 * sign of a slow path, which would be left for a far one for good.
 */
class StalledSmallObjectsTest {

    private static final PathSpec NEAR = new PathSpec(50, 40, 100, 0, 0.03);
    private static final PathSpec FAR = PathSpec.of(50, 100);

    @ParameterizedTest
    @CsvSource({"64, 1", "64, 2", "64, 3", "1024, 1", "1024, 2", "10240, 1", "10240, 2"})
    void shouldComeAsSoonAsOverTheNearestPathAlone(long objectBytes, long seed) {
        for (TcpControl.Kind control : TcpControl.Kind.values()) {
            Cell cell = new Cell("stalls", List.of(FAR, NEAR), control, seed);
            ObjectJudge.Result result = ObjectJudge.judge(cell, objectBytes, EarliestArrivalScheduler::new);
            assertThat(result.ours().p50())
                    .as("%s", result)
                    .isLessThanOrEqualTo(1.05 * result.best().p50());
        }
    }
}
