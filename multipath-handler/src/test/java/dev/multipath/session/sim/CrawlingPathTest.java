package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A path crawls for some seconds, and then does no more. bbr has taken it for one with a policer by then, and would keep to that for 48 round
 * trips: in each of these runs the path brings less than a tenth of its rate in the second that is looked at, if its TCP is left alone.
 */
class CrawlingPathTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long CRAWLS_FROM_NANOS = 4 * SECOND;
    private static final PathSpec PATH = PathSpec.of(50, 40);

    @ParameterizedTest
    @CsvSource({"5, 1", "8, 1", "8, 2", "8, 3"})
    void shouldBeInUseSoonAfterItHasMended(int seconds, long seed) {
        long mendedNanos = CRAWLS_FROM_NANOS + seconds * SECOND;
        TcpWorld[] world = new TcpWorld[1];
        Rate rate = new Rate();
        Flow receiver = new Flow(total -> rate.add(world[0].clock.nowNanos(), total - rate.totalBytes()));
        Flow sender = new Flow(total -> {});
        sender.want(1L << 40);
        world[0] = new TcpWorld(
                List.of(PATH), TcpControl.Kind.BBR, EarliestArrivalScheduler::new, seed, false, receiver, sender);
        TcpPath path = world[0].paths.get(0);
        world[0].clock.at(CRAWLS_FROM_NANOS, () -> {
            path.toServer.rate(FaultPlan.ZOMBIE_BYTES_PER_SECOND);
            path.toClient.rate(FaultPlan.ZOMBIE_BYTES_PER_SECOND);
        });
        world[0].clock.at(mendedNanos, path::restore);
        world[0].run(mendedNanos + 2 * SECOND);
        world[0].end();

        assertThat(rate.bytesPerSecond(mendedNanos + SECOND, mendedNanos + 2 * SECOND))
                .isGreaterThan(0.8 * PATH.bytesPerSecond());
    }
}
