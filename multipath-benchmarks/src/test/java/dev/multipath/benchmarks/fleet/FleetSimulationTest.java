package dev.multipath.benchmarks.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FleetSimulationTest {

    private static FleetPlan plan(int servers, Routing routing, Duration restarts) {
        return new FleetPlan(
                servers,
                500,
                routing,
                Duration.ofMinutes(2),
                Duration.ofMinutes(1),
                Duration.ofSeconds(10),
                restarts,
                Duration.ofMinutes(5),
                Duration.ofMinutes(30));
    }

    @Test
    void shouldNotMissByNameWhenNothingIsRestarted() {
        FleetResult result = new FleetSimulation(plan(100, Routing.BY_NAME, Duration.ofDays(1)), 1).run();
        assertThat(result.misses()).isZero();
        assertThat(result.cut()).isZero();
        assertThat(result.recoveries()).isGreaterThan(1000);
    }

    @Test
    void shouldMissByChanceAsOftenAsThereAreOthers() {
        FleetResult result = new FleetSimulation(plan(4, Routing.BY_CHANCE, Duration.ofDays(1)), 1).run();
        assertThat(result.missShare()).isBetween(0.72, 0.78);
    }

    @Test
    void shouldCutOnlyWhatOutlivesTheDrain() {
        FleetResult result = new FleetSimulation(plan(100, Routing.BY_NAME, Duration.ofSeconds(10)), 1).run();
        assertThat(result.cut()).isPositive();
        // Lives are exponential, of 2 minutes in the mean: e^-2.5 of those that are there outlive five.
        assertThat((double) result.cut() / result.ended()).isLessThan(0.082);
    }

    @Test
    void shouldRepeatASeed() {
        FleetPlan plan = plan(10, Routing.BY_CHANCE, Duration.ofSeconds(10));
        assertThat(new FleetSimulation(plan, 7).run()).isEqualTo(new FleetSimulation(plan, 7).run());
    }
}
