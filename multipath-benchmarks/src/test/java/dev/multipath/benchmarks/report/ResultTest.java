package dev.multipath.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultTest {

    @Test
    void ratiosAreTakenWithinEachRound() {
        assertThat(Experiments.result().comparison(Experiments.OURS, Experiments.SPEED))
                .isEqualTo(new Summary(0.5, 0.8, 2));
    }

    @Test
    void whatIsAllocatedIsComparedByWhatThereIsMore() {
        assertThat(Experiments.result().comparison(Experiments.OURS, Experiments.GARBAGE))
                .isEqualTo(new Summary(0, 30, 40));
    }

    @Test
    void aBaselineBesideItselfIsOne() {
        assertThat(Experiments.result().comparison(Experiments.PLAIN, Experiments.SPEED))
                .isEqualTo(new Summary(1, 1, 1));
    }

    @Test
    void aBaselineThatHasShownNothingHasNoRatio() {
        Result result = Experiments.withBaseline(0);
        assertThatThrownBy(() -> result.comparison(Experiments.OURS, Experiments.SPEED))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("plain has shown 0.0 MB/s");
    }

    /** Go's library stands still for a second now and then. */
    @Test
    void aRoundInWhichTheBaselineHasShownNothingIsOneOfSeveral() throws Exception {
        Variant standsStill = Experiments.reading("plain", "plain", 2, 0, 4);
        Variant ours = Experiments.reading("ours", "plain", 6, 6, 6);
        Result result =
                new Rounds(0, 3, Experiments.NOWHERE, new Load(0, 2)).run("stands still", List.of(standsStill, ours));
        assertThat(result.comparison(ours, Experiments.SPEED)).isEqualTo(new Summary(1.5, 3, Double.POSITIVE_INFINITY));
        assertThat(result.comparison(standsStill, Experiments.SPEED)).isEqualTo(new Summary(1, 1, 1));
    }

    @Test
    void columnsKeepTheirOrder() {
        assertThat(Experiments.result().metrics()).containsExactly(Experiments.SPEED, Experiments.GARBAGE);
    }

    @Test
    void whatWasDividedByNothingIsNoReading() {
        for (double value : List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)) {
            assertThatThrownBy(() -> new Reading(Map.of(Experiments.SPEED, value)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("MB/s was not measured");
        }
    }
}
