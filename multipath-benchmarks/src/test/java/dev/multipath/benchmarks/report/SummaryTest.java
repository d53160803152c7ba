package dev.multipath.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SummaryTest {

    @Test
    void anOddNumberOfValuesHasOneInTheMiddle() {
        assertThat(Summary.of(new double[] {9, 1, 4})).isEqualTo(new Summary(1, 4, 9));
    }

    @Test
    void anEvenNumberHasTheMeanOfBoth() {
        assertThat(Summary.of(new double[] {8, 1, 2, 4})).isEqualTo(new Summary(1, 3, 8));
    }

    @Test
    void oneValueIsAllOfThem() {
        assertThat(Summary.of(new double[] {5})).isEqualTo(new Summary(5, 5, 5));
    }

    @Test
    void theValuesStayInTheirOrder() {
        double[] values = {3, 1, 2};
        Summary.of(values);
        assertThat(values).containsExactly(3, 1, 2);
    }

    @Test
    void spreadIsAPartOfTheMedian() {
        assertThat(new Summary(90, 100, 120).spread()).isEqualTo(0.3);
        assertThat(new Summary(0, 0, 0).spread()).isZero();
    }
}
