package dev.multipath.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class DemoPlanTest {
    @Test
    void shouldUsePathsOfDifferentRateAndDelay() {
        DemoPlan plan = DemoPlan.of(64 << 20, null);

        assertThat(plan.links()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(plan.links()).extracting(EmulatedLink::rateMbit).doesNotHaveDuplicates();
        assertThat(plan.links())
                .extracting(link -> link.settings().oneWayDelay())
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldBlackholeTheBetterPathInTheMiddleAndForAPartOfTheTransfer() {
        DemoPlan plan = DemoPlan.of(64 << 20, null);

        assertThat(plan.links().get(plan.faultyLink())).isEqualTo(plan.bestLink());
        assertThat(plan.faultAtBytes()).isBetween(20L << 20, 44L << 20);
        assertThat(plan.faultTime()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    @Test
    void shouldBoundTheBlackholeWhateverTheSize() {
        assertThat(DemoPlan.of(1, null).faultTime()).isEqualTo(Duration.ofMillis(300));
        assertThat(DemoPlan.of(1L << 40, null).faultTime()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void shouldAllowTimeByTheSizeUnlessToldOtherwise() {
        assertThat(DemoPlan.of(1, null).timeLimit()).isEqualTo(Duration.ofSeconds(60));
        assertThat(DemoPlan.of(1L << 30, null).timeLimit()).isGreaterThan(Duration.ofMinutes(9));
        assertThat(DemoPlan.of(1L << 30, Duration.ofSeconds(3)).timeLimit()).isEqualTo(Duration.ofSeconds(3));
    }
}
