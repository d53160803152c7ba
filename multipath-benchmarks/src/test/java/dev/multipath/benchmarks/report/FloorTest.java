package dev.multipath.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FloorTest {

    private static Floor speed(double ratio, Floor.Bound bound) {
        return new Floor(Experiments.SPEED, ratio, bound);
    }

    @Test
    void theMedianDecides() {
        Result result = Experiments.result();
        assertThat(speed(0.8, Floor.Bound.AT_LEAST).isMet(result, Experiments.OURS))
                .isTrue();
        assertThat(speed(0.81, Floor.Bound.AT_LEAST).isMet(result, Experiments.OURS))
                .isFalse();
        assertThat(speed(0.8, Floor.Bound.AT_MOST).isMet(result, Experiments.OURS))
                .isTrue();
        assertThat(speed(0.79, Floor.Bound.AT_MOST).isMet(result, Experiments.OURS))
                .isFalse();
    }

    @Test
    void loosenedItAllowsMoreEitherWay() {
        assertThat(speed(1, Floor.Bound.AT_LEAST).loosened(0.5)).isEqualTo(speed(0.5, Floor.Bound.AT_LEAST));
        assertThat(speed(1, Floor.Bound.AT_MOST).loosened(0.5)).isEqualTo(speed(2, Floor.Bound.AT_MOST));
    }

    @Test
    void whatHasNoRatioHasNoFloor() {
        assertThatThrownBy(() -> new Floor(Experiments.GARBAGE, 1, Floor.Bound.AT_MOST))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> speed(0, Floor.Bound.AT_LEAST)).isInstanceOf(IllegalArgumentException.class);
    }
}
