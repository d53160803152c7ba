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

    /** Eight round trips, where these take longer than a window; not before one has passed. */
    @Test
    void shouldRememberForRoundTripsOnALongPath() {
        long rttNanos = 100 * MILLISECOND;
        rate.onSample(1000, MILLISECOND, false, rttNanos, 1000 * MILLISECOND);
        rate.onSample(500, MILLISECOND, false, rttNanos, 1800 * MILLISECOND);
        rate.onSample(500, MILLISECOND, false, rttNanos, 1801 * MILLISECOND);
        rate.onSample(500, MILLISECOND, false, rttNanos, 2601 * MILLISECOND);
        assertThat(rate.bytesPerSecond()).isEqualTo(1_000_000);

        rate.onSample(500, MILLISECOND, false, rttNanos, 2602 * MILLISECOND);
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
