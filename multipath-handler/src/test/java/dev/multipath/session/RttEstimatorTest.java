package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RttEstimatorTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1_000 * MILLISECOND;

    private final RttEstimator rtt = new RttEstimator();

    @Test
    void shouldTimeOutAfterOneSecondWhenNothingIsKnown() {
        assertThat(rtt.isKnown()).isFalse();
        assertThat(rtt.smoothedNanos()).isEqualTo(RttEstimator.UNKNOWN);
        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(SECOND);
    }

    /** RFC 6298 section 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR. */
    @Test
    void shouldTakeTheFirstSampleAsItIs() {
        rtt.onSample(100 * MILLISECOND, 0);

        assertThat(rtt.smoothedNanos()).isEqualTo(100 * MILLISECOND);
        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(300 * MILLISECOND);
    }

    /** RFC 6298 section 2.3: RTTVAR = 3/4 50 + 1/4 |100 - 200|, then SRTT = 7/8 100 + 1/8 200. */
    @Test
    void shouldSmoothFurtherSamples() {
        rtt.onSample(100 * MILLISECOND, 0);
        rtt.onSample(200 * MILLISECOND, 0);

        assertThat(rtt.smoothedNanos()).isEqualTo(112_500_000);
        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(362_500_000);

        // RTTVAR = 3/4 62.5 + 1/4 |112.5 - 60| = 60, SRTT = 7/8 112.5 + 1/8 60 = 105.9375.
        rtt.onSample(60 * MILLISECOND, 0);
        assertThat(rtt.smoothedNanos()).isEqualTo(105_937_500);
        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(345_937_500);
    }

    @Test
    void shouldNotTimeOutBefore200MillisecondsWhenThePathIsFast() {
        rtt.onSample(MILLISECOND, 0);

        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(200 * MILLISECOND);
    }

    @Test
    void shouldNotWaitLongerThanASecondWhenOneSampleIsSlow() {
        rtt.onSample(100 * MILLISECOND, 0);
        rtt.onSample(9 * SECOND, 0);

        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(SECOND);
    }

    @Test
    void shouldWaitForTwoRoundTripsWhenThePathIsLongerThanTheLimit() {
        rtt.onSample(2 * SECOND, 0);

        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(4 * SECOND);
    }

    @Test
    void shouldForgetTheLowestSampleWhenTwoWindowsHavePassed() {
        rtt.onSample(10 * MILLISECOND, 100 * SECOND);
        rtt.onSample(50 * MILLISECOND, 105 * SECOND);
        assertThat(rtt.minNanos()).isEqualTo(10 * MILLISECOND);

        rtt.onSample(50 * MILLISECOND, 111 * SECOND);
        assertThat(rtt.minNanos()).isEqualTo(10 * MILLISECOND);

        rtt.onSample(50 * MILLISECOND, 122 * SECOND);
        assertThat(rtt.minNanos()).isEqualTo(50 * MILLISECOND);
    }

    // ---- late answers, RFC 6298 section 5.5

    /** One is an outage; the second says that the path is slow. */
    @Test
    void shouldDoubleTheTimeOutForEachLateAnswerButTheFirst() {
        rtt.onSample(100 * MILLISECOND, 0);
        rtt.onLateAnswer();
        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(300 * MILLISECOND);
        rtt.onLateAnswer();
        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(600 * MILLISECOND);
        rtt.onLateAnswer();
        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(1200 * MILLISECOND);
        for (int i = 0; i < 5; i++) {
            rtt.onLateAnswer();
        }
        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(5 * SECOND);

        rtt.onSample(100 * MILLISECOND, 0);
        assertThat(rtt.retransmissionTimeoutNanos()).isLessThan(300 * MILLISECOND);
    }

    /** A path that takes longer than that by itself is not cut short. */
    @Test
    void shouldNotShortenATimeOutThatIsLongerThanTheDoublingGoes() {
        rtt.onSample(4 * SECOND, 0);
        rtt.onLateAnswer();
        rtt.onLateAnswer();

        assertThat(rtt.retransmissionTimeoutNanos()).isEqualTo(8 * SECOND);
    }

    // ---- of an idle path

    @Test
    void shouldBeginAnewWhenAnIdlePathTakesLessThanHalf() {
        rtt.onSample(100 * MILLISECOND, 0);
        rtt.onIdleSample(50 * MILLISECOND, 0);
        assertThat(rtt.smoothedNanos()).as("not less").isEqualTo(93_750_000);

        rtt.onIdleSample(46 * MILLISECOND, 0);
        assertThat(rtt.smoothedNanos()).isEqualTo(46 * MILLISECOND);
        assertThat(rtt.varianceNanos()).isEqualTo(23 * MILLISECOND);
    }

    @Test
    void shouldTakeAnIdlePathsFirstSampleAsAnyOther() {
        rtt.onIdleSample(50 * MILLISECOND, 7);

        assertThat(rtt.smoothedNanos()).isEqualTo(50 * MILLISECOND);
        assertThat(rtt.sampledAtNanos()).isEqualTo(7);
    }

    // ---- a path that was better

    @Test
    void shouldKnowThatThePathWasFarBetter() {
        rtt.onSample(100 * MILLISECOND, 0);
        rtt.onSample(100 * MILLISECOND, 0);
        rtt.onSample(900 * MILLISECOND, 0);
        assertThat(rtt.smoothedNanos()).isEqualTo(200 * MILLISECOND);
        assertThat(rtt.isDoubtful()).as("twice is not more than twice").isFalse();
        rtt.onSample(201 * MILLISECOND, 0);
        assertThat(rtt.isDoubtful()).isTrue();
    }

    @Test
    void shouldDoubtWhatIsKnownFromFewSamples() {
        assertThat(rtt.isDoubtful()).as("nothing is known").isFalse();
        rtt.onSample(100 * MILLISECOND, 0);
        assertThat(rtt.isDoubtful()).isTrue();
        rtt.onIdleSample(100 * MILLISECOND, 0);
        assertThat(rtt.isDoubtful()).isTrue();
        rtt.onSample(100 * MILLISECOND, 0);
        assertThat(rtt.isDoubtful()).isFalse();
    }

    /** A sample of nothing, by a clock that is coarse, is one of next to nothing. */
    @Test
    void shouldTakeNoTimeForTheShortest() {
        rtt.onSample(0, 0);

        assertThat(rtt.smoothedNanos()).isOne();
        assertThat(rtt.minNanos()).isOne();
    }

    @Test
    void shouldKeepTheLowestSampleForTenSeconds() {
        rtt.onSample(50 * MILLISECOND, 10 * SECOND + 1);
        rtt.onSample(100 * MILLISECOND, 20 * SECOND + 1);
        assertThat(rtt.minNanos()).isEqualTo(50 * MILLISECOND);
        rtt.onSample(100 * MILLISECOND, 20 * SECOND + 2);
        assertThat(rtt.minNanos()).as("of the window before").isEqualTo(50 * MILLISECOND);
        rtt.onSample(100 * MILLISECOND, 30 * SECOND + 3);

        assertThat(rtt.minNanos()).isEqualTo(100 * MILLISECOND);
    }
}
