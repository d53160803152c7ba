package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeliveryRateEstimatorTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long RTT_NANOS = 10 * MILLISECOND;

    private final DeliveryRateEstimator rate = new DeliveryRateEstimator();

    @Test
    void shouldBeZeroWhenNothingIsKnown() {
        assertThat(rate.bytesPerSecond()).isZero();
    }

    @Test
    void shouldKeepTheHighestRateWhenLowerOnesFollowSoon() {
        sample(1000, 1000);
        sample(500, 1100);

        assertThat(rate.bytesPerSecond()).isEqualTo(1_000_000);
    }

    @Test
    void shouldForgetAHigherRateWhenTwoWindowsHavePassed() {
        sample(1000, 1000);
        sample(500, 1201);
        assertThat(rate.bytesPerSecond()).isEqualTo(1_000_000);

        sample(500, 1402);
        assertThat(rate.bytesPerSecond()).isEqualTo(500_000);
    }

    @Test
    void shouldNotBeLoweredWhenThereWasNothingMoreToSend() {
        sample(1000, 1000);
        for (int millis = 1201; millis < 5000; millis += 201) {
            rate.onSample(10, MILLISECOND, true, RTT_NANOS, millis * MILLISECOND);
        }

        assertThat(rate.bytesPerSecond()).isEqualTo(1_000_000);
    }

    @Test
    void shouldBeRaisedWhenThereWasNothingMoreToSend() {
        rate.onSample(1000, MILLISECOND, true, RTT_NANOS, MILLISECOND);

        assertThat(rate.bytesPerSecond()).isEqualTo(1_000_000);
    }

    @Test
    void shouldNotDivideByZeroWhenTheClockIsCoarse() {
        rate.onSample(1000, 0, false, RTT_NANOS, MILLISECOND);

        assertThat(rate.bytesPerSecond()).isFinite();
    }

    /** So many bytes in one millisecond. */
    private void sample(long bytes, long atMillis) {
        rate.onSample(bytes, MILLISECOND, false, RTT_NANOS, atMillis * MILLISECOND);
    }
}
