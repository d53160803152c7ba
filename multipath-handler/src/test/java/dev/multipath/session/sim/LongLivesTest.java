package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Depth;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Weeks of sessions that say little and lose their paths again and again: the checks are those of all eventful courses. */
@Tag("simulation")
@ExtendWith(TellsSimulatedTime.class)
class LongLivesTest {

    private static final long SEEDS = Depth.of(6, 60);

    private static final SeedRuns RUNS = new SeedRuns(LongLivesTest.class);

    @Test
    void shouldDeliverEveryByteOnceOrTellTheTrueReasonThroughoutALongLife() {
        Totals totals = new Totals();
        long count = SeedRuns.forEachSeed("long lives", SEEDS, seed -> totals.add(LongLives.of(seed)), totals);
        assertThat(totals.readBytes).isPositive();
        if (count >= 60) {
            assertThat(totals.cleanEnds).isGreaterThan(totals.failedEnds);
        }
    }

    private static final class Totals {

        private long readBytes;
        private long cleanEnds;
        private long failedEnds;
        private long virtualNanos;
        private long events;

        void add(Scenario scenario) {
            SimulationResult result = RUNS.simulate(scenario);
            readBytes += result.readBytes();
            cleanEnds += result.cleanEnds();
            failedEnds += result.failedEnds();
            virtualNanos += result.durationNanos();
            events += result.events();
        }

        @Override
        public String toString() {
            return String.format(
                    "%.1f MB read, %d ends in order, %d failed, %.1f days virtual, %d events",
                    readBytes / 1e6, cleanEnds, failedEnds, virtualNanos / 86_400e9, events);
        }
    }
}
