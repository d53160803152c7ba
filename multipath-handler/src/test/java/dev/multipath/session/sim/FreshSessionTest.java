package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.EarliestArrivalScheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The first objects of a session, while its second path joins sooner or later: that path's TCP begins with a window of ten packets, and
 * the first one's has grown meanwhile. What is put behind that small window comes a round trip later than it would have on the first.
 */
class FreshSessionTest {

    private static final long MILLISECOND = 1_000_000;
    private static final int OBJECTS = 6;
    private static final long LATEST_MILLIS = 200;
    private static final long STEP_MILLIS = 20;
    private static final double AS_FAST = 1.05;

    @ParameterizedTest
    @ValueSource(longs = {64, 10 << 10, 30 << 10, 100 << 10, 300 << 10})
    void shouldHardlyEverHaveAnObjectLaterThanOverTheBestPathAlone(long objectBytes) {
        List<Double> ratios = new ArrayList<>();
        for (String name : List.of("100/5+2/600", "30/15+12/60+3/300", "S1", "S2", "S3", "S6", "bloat")) {
            for (TcpControl.Kind control : TcpControl.Kind.values()) {
                Cell cell = Cell.named(name, control, 1);
                long[] bestNanos = bestNanos(cell, objectBytes);
                for (long millis = 0; millis <= LATEST_MILLIS; millis += STEP_MILLIS) {
                    Objects ours = fetch(cell, objectBytes, millis * MILLISECOND);
                    // The first waits for the handshake.
                    for (int i = 1; i < OBJECTS; i++) {
                        ratios.add((double) ours.nanos(i) / bestNanos[i]);
                    }
                }
            }
        }
        Collections.sort(ratios);
        long later = ratios.stream().filter(ratio -> ratio > AS_FAST).count();
        System.out.printf(
                "fresh sessions, %d B: %d of %d objects later than %.2f x the best path's, median %.3f, p99 %.2f, at most %.2f%n",
                objectBytes,
                later,
                ratios.size(),
                AS_FAST,
                ratios.get(ratios.size() / 2),
                ratios.get(ratios.size() * 99 / 100),
                ratios.get(ratios.size() - 1));
        assertThat(later).isLessThanOrEqualTo(ratios.size() * 8L / 100);
        assertThat(ratios.get(ratios.size() / 2)).isLessThanOrEqualTo(1.02);
    }

    private static Objects fetch(Cell cell, long objectBytes, long dialDelayNanos) {
        EventQueue[] clock = new EventQueue[1];
        Objects objects = new Objects(() -> clock[0] == null ? 0 : clock[0].nowNanos(), objectBytes, OBJECTS);
        TcpWorld world = new TcpWorld(
                        cell.paths(),
                        cell.control(),
                        EarliestArrivalScheduler::new,
                        cell.seed(),
                        false,
                        objects.client,
                        objects.server)
                .dialOthersAfter(dialDelayNanos);
        clock[0] = world.clock;
        while (!objects.isDone()) {
            assertThat(world.hasFailed()).as("%s: %s", cell, world).isFalse();
            world.run(world.clock.nowNanos() + 100 * MILLISECOND);
        }
        world.end();
        return objects;
    }

    private static long[] bestNanos(Cell cell, long objectBytes) {
        long[] best = new long[OBJECTS];
        Arrays.fill(best, Long.MAX_VALUE);
        for (int path = 0; path < cell.paths().size(); path++) {
            Objects alone = ObjectJudge.alone(cell, path, objectBytes, OBJECTS);
            for (int i = 0; i < alone.answered(); i++) {
                best[i] = Math.min(best[i], alone.nanos(i));
            }
        }
        return best;
    }
}
