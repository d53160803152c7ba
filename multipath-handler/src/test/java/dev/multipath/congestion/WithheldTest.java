package dev.multipath.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link BandwidthDelayControl} makes of silence, where the transport tells nothing of itself. */
class WithheldTest {

    private static final long MILLISECOND = 1_000_000;

    private static final long PRODUCT_BYTES = ScriptedPath.PRODUCT_BYTES;

    /** With what event loops may do at once: 5 ms of the rate. */
    private static final long LIMIT_BYTES = PRODUCT_BYTES * 5 / 4 + 5_000;

    /** Of a silence, what may be a wait of acknowledgements and a frame that has not come whole. */
    private static final long GRACE_BYTES = 5_000 + (8 << 10);

    private final BandwidthDelayControl control = new BandwidthDelayControl();
    private final ScriptedPath path = new ScriptedPath();
    private long nowNanos = 1_000 * MILLISECOND;

    /** A path that loses a packet in each round trip. */
    @BeforeEach
    void setUp() {
        for (int i = 0; i < 10; i++) {
            nowNanos += 100 * MILLISECOND;
            deliver((int) PRODUCT_BYTES, PRODUCT_BYTES);
            path.roundTrips++;
            control.onEstimate(path, nowNanos);
        }
    }

    /** What an overflow of the queue has made come at once would be let pass on top of it, and overflow it again. */
    @Test
    void shouldCountNoBurstOfBefore() {
        assertThat(control.inFlightLimitBytes()).isEqualTo(LIMIT_BYTES);
    }

    @Test
    void shouldAllowAsMuchMoreAsIsMissed() {
        control.onSilence(5 * MILLISECOND);
        assertThat(control.inFlightLimitBytes())
                .as("an acknowledgement may wait")
                .isEqualTo(LIMIT_BYTES);
        control.onSilence(80 * MILLISECOND);
        assertThat(control.inFlightLimitBytes()).isEqualTo(LIMIT_BYTES + 80_000 - GRACE_BYTES);

        deliver(80_000, PRODUCT_BYTES);
        control.onSilence(0);
        assertThat(control.inFlightLimitBytes()).as("all has come").isEqualTo(LIMIT_BYTES);
    }

    /** Another packet is lost behind the first, so the rest is still kept back. */
    @Test
    void shouldGoOnMissingWhatHasNotComeYet() {
        control.onSilence(80 * MILLISECOND);
        deliver(30_000, LIMIT_BYTES + 36_000);
        control.onSilence(0);

        assertThat(control.inFlightLimitBytes()).isEqualTo(LIMIT_BYTES + 50_000 - GRACE_BYTES);
    }

    /** Holes that follow each other by less than what acknowledgements may be late by would else never be known. */
    @Test
    void shouldLeaveOutTheWaitOfAcknowledgementsOnce() {
        control.onSilence(80 * MILLISECOND);
        deliver(30_000, LIMIT_BYTES + 36_000);
        control.onSilence(10 * MILLISECOND);

        assertThat(control.inFlightLimitBytes()).isEqualTo(LIMIT_BYTES + 50_000 - GRACE_BYTES + 8_000);
    }

    @Test
    void shouldTakeSilenceForNoHoleWhereThePathLosesNothing() {
        for (int i = 0; i < 10; i++) {
            nowNanos += 100 * MILLISECOND;
            path.roundTrips++;
            control.onEstimate(path, nowNanos);
        }
        control.onSilence(100 * MILLISECOND);

        assertThat(control.inFlightLimitBytes()).isEqualTo(PRODUCT_BYTES * 5 / 4);
    }

    /** bbr's PROBE_RTT: four packets a round trip. Whatever else it is given waits until that is over, and what is behind it on other paths too. */
    @Test
    void shouldGiveNothingToATransportThatPauses() {
        control.onSilence(100 * MILLISECOND);
        deliver(5_000, LIMIT_BYTES);
        assertThat(control.inFlightLimitBytes()).isZero();
        control.onSilence(100 * MILLISECOND);
        deliver(5_000, LIMIT_BYTES - 5_000);
        assertThat(control.inFlightLimitBytes()).isZero();

        // The pause is over. What was given meanwhile leaves at once, and may overflow a queue.
        control.onSilence(0);
        deliver(50_000, 70_000);
        assertThat(control.inFlightLimitBytes()).isZero();
        deliver(25_000, 45_000);
        assertThat(control.inFlightLimitBytes()).isEqualTo(LIMIT_BYTES);
    }

    /** Acknowledgements of what comes at once come one after the other. */
    @Test
    void shouldTakeTheFirstOfManyForNoPause() {
        control.onSilence(100 * MILLISECOND);
        deliver(5_000, LIMIT_BYTES);
        control.onSilence(0);
        deliver(5_000, LIMIT_BYTES - 5_000);

        assertThat(control.inFlightLimitBytes()).isEqualTo(LIMIT_BYTES);
    }

    /** A thread of either end that had no turn for a while, on a path that brings many times in that what it holds. */
    @Test
    void shouldMissNoMoreThanIsInFlight() {
        control.onSilence(5_000 * MILLISECOND);
        deliver(10_000, LIMIT_BYTES);

        assertThat(control.inFlightLimitBytes()).isGreaterThanOrEqualTo(LIMIT_BYTES);
    }

    @Test
    void shouldForgetThePauseOfAnotherPath() {
        control.onSilence(100 * MILLISECOND);
        deliver(5_000, LIMIT_BYTES);
        control.onSilence(100 * MILLISECOND);

        control.onRestart();

        assertThat(control.inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.INITIAL_BYTES);
    }

    @Test
    void shouldUseAPathAgainThatWasGivenUpWhileItPaused() {
        control.onSilence(100 * MILLISECOND);
        deliver(5_000, LIMIT_BYTES);
        control.onSilence(100 * MILLISECOND);

        control.onResolved(0);

        assertThat(control.inFlightLimitBytes()).isEqualTo(LIMIT_BYTES);
    }

    private void deliver(int payloadBytes, long inFlightBytes) {
        control.onResolved(inFlightBytes);
        control.onDelivered(payloadBytes, inFlightBytes, nowNanos);
    }
}
