package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The fast one of two paths brings nothing for a moment, and then all at once: PROBE_RTT, a lost packet that is sent again, a
 * radio that changes its channel, a busy machine. What is given to the other meanwhile holds up everything if that is far.
 */
class PausedPathTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long PAUSE_AT_NANOS = 3 * SECOND;
    private static final long UNTIL_NANOS = 5 * SECOND;

    /** Until TCP is at its rate again, where a packet is lost at the end of the pause. */
    private static final long MARGIN_MILLIS = 30;

    @ParameterizedTest
    @CsvSource({
        "BBR, true, 100, 5, 2, 600, 30",
        "BBR, false, 100, 5, 2, 600, 30",
        "BBR, true, 100, 5, 2, 600, 150",
        "BBR, false, 100, 5, 2, 600, 150",
    })
    void shouldWaitForItInsteadOfGivingAllToThePathThatIsFar(
            TcpControl.Kind control,
            boolean upload,
            double mbit,
            double rttMillis,
            double farMbit,
            double farRttMillis,
            long pauseMillis) {
        List<PathSpec> paths = List.of(PathSpec.of(mbit, rttMillis), PathSpec.of(farMbit, farRttMillis));
        Rate rate = run(paths, control, upload, pauseMillis * 1_000_000);
        assertThat(rate.longestGap(PAUSE_AT_NANOS, UNTIL_NANOS).nanos() / 1_000_000)
                .as("the longest time without a byte, ms")
                .isLessThan(pauseMillis + MARGIN_MILLIS);
    }

    private static Rate run(List<PathSpec> paths, TcpControl.Kind control, boolean upload, long pauseNanos) {
        Rate rate = new Rate();
        TcpWorld[] world = new TcpWorld[1];
        Flow sender = new Flow(total -> {});
        Flow receiver = new Flow(total -> rate.add(world[0].clock.nowNanos(), total - rate.totalBytes()));
        sender.want(1L << 40);
        world[0] = new TcpWorld(
                paths,
                control,
                EarliestArrivalScheduler::new,
                1,
                false,
                upload ? sender : receiver,
                upload ? receiver : sender);
        TcpPath path = world[0].paths.get(0);
        long delayNanos = path.spec.rttNanos() / 2;
        world[0].clock.at(
                PAUSE_AT_NANOS, () -> (upload ? path.toServer : path.toClient).delay(delayNanos + pauseNanos));
        world[0].clock.at(
                PAUSE_AT_NANOS + pauseNanos, () -> (upload ? path.toServer : path.toClient).delay(delayNanos));
        world[0].run(UNTIL_NANOS);
        world[0].end();
        return rate;
    }
}
