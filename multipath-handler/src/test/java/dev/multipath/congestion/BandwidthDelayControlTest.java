package dev.multipath.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import org.junit.jupiter.api.Test;

class BandwidthDelayControlTest {

    private static final long MILLISECOND = 1_000_000;

    private static final long PRODUCT_BYTES = ScriptedPath.PRODUCT_BYTES;

    private final ScriptedPath path = new ScriptedPath();
    private final BandwidthDelayControl control = path.control;
    private long transportRttNanos = 100 * MILLISECOND;
    private long windowBytes = 10 * PRODUCT_BYTES;

    @Test
    void shouldAllowSomeFramesWhenNothingIsKnown() {
        assertThat(control.inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.INITIAL_BYTES);
    }

    @Test
    void shouldLetTheRateDoubleWhileThePathShowsNoEndOfIt() {
        for (int i = 0; i < 4; i++) {
            path.rate *= 2;
            path.roundTrip();
            assertThat((double) control.inFlightLimitBytes()).isGreaterThan(2 * path.rate * 0.1);
        }
    }

    @Test
    void shouldStopAQuarterAboveTheProductWhenTheRateGrowsNoMore() {
        path.settle();

        assertThat(control.inFlightLimitBytes()).isBetween(PRODUCT_BYTES, PRODUCT_BYTES * 130 / 100);
    }

    /** At 5 ms it holds one of the smallest frames; with two in flight it would wait for acknowledgements a third of its time. */
    @Test
    void shouldCountWhatIsNotAcknowledgedYetWhereAPathHoldsLess() {
        path.minRttNanos = 5 * MILLISECOND;
        path.newestRttNanos = 5 * MILLISECOND;
        path.settle();

        assertThat(control.inFlightLimitBytes())
                .isGreaterThanOrEqualTo(5_000 + BandwidthDelayControl.MIN_BYTES)
                .isLessThan(2 * BandwidthDelayControl.MIN_BYTES);
    }

    /** What the application did not send says nothing of the path. */
    @Test
    void shouldGoOnStartingWhenOthersLimitedTheRate() {
        path.limited = true;
        for (int i = 0; i < 20; i++) {
            path.roundTrip();
        }

        assertThat(control.inFlightLimitBytes()).isGreaterThan(2 * PRODUCT_BYTES);
    }

    /** It has waited for a packet that was sent again; a path that would count as one of 64 bytes a round trip was not used again. */
    @Test
    void shouldGoOnStartingWhenSoLittleTookLongThatItMadeNoQueue() {
        path.inFlightBytes = 0;
        path.rate = 640;
        for (int i = 0; i < 20; i++) {
            control.onSent(64, 64, path.nowNanos);
            control.onStall(path.nowNanos);
            path.roundTrip();
        }

        assertThat(control.hasSeenLimit()).isFalse();
        control.onSent(64, 20_000, path.nowNanos);
        control.onStall(path.nowNanos);
        assertThat(control.hasSeenLimit()).isTrue();
    }

    @Test
    void shouldLetTheQueueRunDryOnceInTenSeconds() {
        path.settle();
        path.inFlightBytes = PRODUCT_BYTES * 5 / 4;
        int dry = 0;
        for (int i = 0; i < 300; i++) {
            path.roundTrip();
            boolean draining = control.inFlightLimitBytes() < PRODUCT_BYTES;
            dry += draining ? 1 : 0;
            path.inFlightBytes = draining ? control.inFlightLimitBytes() : PRODUCT_BYTES * 5 / 4;
        }

        assertThat(dry).isBetween(4, 3 * 4);
    }

    /** Its window has shrunk: what is given to it beyond that is bound to this path and goes nowhere. */
    @Test
    void shouldNotFillUpWhatATransportCannotSend() {
        path.settle();
        tellUnsent(PRODUCT_BYTES * 3 / 4);

        // A quarter is in the network; 20 ms of the rate may wait.
        assertThat(control.inFlightLimitBytes()).isEqualTo(PRODUCT_BYTES / 4 + 20_000);

        tellUnsent(0);
        assertThat(control.inFlightLimitBytes()).isGreaterThanOrEqualTo(PRODUCT_BYTES);
    }

    @Test
    void shouldNotHoldBackWhatATransportThatStartsHasToGrowBy() {
        path.roundTrip();
        long before = control.inFlightLimitBytes();
        tellUnsent(PRODUCT_BYTES);

        assertThat(control.inFlightLimitBytes()).isEqualTo(before);
    }

    @Test
    void shouldTakeWhatATransportDoesNotTellForNothing() {
        path.settle();
        long before = control.inFlightLimitBytes();
        tellUnsent(TransportStats.UNKNOWN);

        assertThat(control.inFlightLimitBytes()).isEqualTo(before);
    }

    private void tellUnsent(long bytes) {
        TransportStats stats =
                new TransportStats(1, 1, 1, bytes, TransportStats.UNKNOWN, TransportStats.UNKNOWN, 0, MptcpStats.NONE);
        control.onTransport(stats, PRODUCT_BYTES, path.nowNanos);
    }

    /** TCP_INFO knows what has left, and so what has not. */
    @Test
    void shouldTakeForUnsentWhatTheTransportHasNotOnItsWay() {
        path.settle();
        long before = control.inFlightLimitBytes();
        windowBytes = PRODUCT_BYTES / 2;
        tellHeld(PRODUCT_BYTES / 4, 0);
        assertThat(control.inFlightLimitBytes()).as("its window has room").isEqualTo(before);

        // So much of it passes in 20 ms.
        windowBytes = PRODUCT_BYTES / 2;
        tellHeld(PRODUCT_BYTES / 2, 0);
        assertThat(control.inFlightLimitBytes()).isEqualTo(PRODUCT_BYTES / 2 + 10_000);

        control.onDelivered((int) PRODUCT_BYTES, 0, path.nowNanos);
        assertThat(control.inFlightLimitBytes())
                .as("nothing is unsent any more")
                .isEqualTo(before);
    }

    @Test
    void shouldStartAnewOnAnotherPath() {
        path.settle();
        control.onRestart();

        assertThat(control.hasSeenLimit()).isFalse();
        assertThat(control.inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.INITIAL_BYTES);
    }

    /** PROBE_RTT: what is given to it beyond that waits behind a closed window, while copies of what others hold up could use it. */
    @Test
    void shouldLetHardlyAnythingWaitWhereTheTransportsWindowIsAllButClosed() {
        path.settle();
        windowBytes = 4 * 1448;
        tellHeld(4 * 1448, 0);

        assertThat(control.inFlightLimitBytes()).isEqualTo(4 * 1448 + BandwidthDelayControl.MIN_BYTES);
    }

    /** What waits at the peer for a lost packet is not on the path any more, which must not run dry meanwhile. */
    @Test
    void shouldAllowAsMuchMoreAsTheTransportHoldsBack() {
        path.settle();
        long before = control.inFlightLimitBytes();
        tellHeld(PRODUCT_BYTES, PRODUCT_BYTES / 2);
        assertThat(control.inFlightLimitBytes()).isEqualTo(before + PRODUCT_BYTES / 2);

        // The packet has come: all that was held is delivered at once, and leaves no room for as much again.
        control.onDelivered((int) PRODUCT_BYTES / 2, PRODUCT_BYTES / 2, path.nowNanos);
        assertThat(control.inFlightLimitBytes()).isEqualTo(before);
    }

    /** Or what overflows a queue would look like a burst, and allow more to overflow it. */
    @Test
    void shouldNotGuessFromBurstsWhatTheTransportTells() {
        path.settle();
        tellHeld(PRODUCT_BYTES, 0);
        transportRttNanos = 125 * MILLISECOND;
        for (int i = 0; i < 10; i++) {
            path.nowNanos += 100 * MILLISECOND;
            tellHeld(PRODUCT_BYTES, 0);
            control.onDelivered((int) PRODUCT_BYTES, PRODUCT_BYTES, path.nowNanos);
            path.roundTrips++;
            control.onEstimate(path, path.nowNanos);
        }

        assertThat(control.inFlightLimitBytes()).isEqualTo(PRODUCT_BYTES * 5 / 4 + 5_000);
    }

    /** QUIC: what came at once behind a loss would be put on top of the queue that has overflowed, and overflow it again. */
    @Test
    void shouldNotFillAQueueAgainWhoseOverflowLookedLikeABurst() {
        path.settle();
        tellLost(100, 0);
        for (int i = 0; i < 10; i++) {
            path.nowNanos += 100 * MILLISECOND;
            control.onDelivered((int) PRODUCT_BYTES, PRODUCT_BYTES, path.nowNanos);
            tellLost(125, 0);
            path.roundTrips++;
            control.onEstimate(path, path.nowNanos);
        }
        assertThat(control.inFlightLimitBytes()).isEqualTo(PRODUCT_BYTES * 5 / 4 + 5_000);

        // The path runs dry while something is sent again.
        tellLost(100, 0);
        path.roundTrip();
        assertThat(control.inFlightLimitBytes()).isGreaterThan(2 * PRODUCT_BYTES);
    }

    /** QUIC's stream stands still then, and so no round trip of the session's shows it. */
    @Test
    void shouldEndTheStartWhenAQueueOverflows() {
        path.roundTrip();
        tellLost(100, 0);
        tellLost(100, 6);
        assertThat(control.hasSeenLimit()).as("a bad path without a queue").isFalse();

        tellLost(125, 6 + 5);
        assertThat(control.hasSeenLimit()).isTrue();
    }

    @Test
    void shouldNotEndTheStartForALossNowAndThen() {
        tellLost(100, 0);
        for (int i = 1; i <= 2; i++) {
            path.rate *= 2;
            path.roundTrip();
            tellLost(125, 5 * i);
        }

        assertThat(control.hasSeenLimit()).isFalse();
    }

    private void tellLost(long rttMillis, long packets) {
        long unknown = TransportStats.UNKNOWN;
        TransportStats stats = new TransportStats(
                rttMillis * MILLISECOND, windowBytes, 1, 0, unknown, unknown, packets, MptcpStats.NONE);
        control.onTransport(stats, PRODUCT_BYTES, path.nowNanos);
    }

    /** With the first of a queue, and not when it overflows, even if the scheduler is careful and keeps the rate from growing. */
    @Test
    void shouldEndTheStartWhenAQueueBegins() {
        path.limited = true;
        path.inFlightBytes = PRODUCT_BYTES * 3 / 2;
        path.roundTrip();
        tellRtt(100, PRODUCT_BYTES);
        path.newestRttNanos = 113 * MILLISECOND;
        path.roundTrip();
        path.roundTrip();
        assertThat(control.hasSeenLimit())
                .as("it waits in front of the network")
                .isFalse();

        path.newestRttNanos = 110 * MILLISECOND;
        path.roundTrip();
        tellRtt(113, PRODUCT_BYTES);
        path.newestRttNanos = 113 * MILLISECOND;
        path.roundTrip();
        assertThat(control.hasSeenLimit()).as("the queue was a burst").isFalse();

        path.roundTrip();
        assertThat(control.hasSeenLimit()).isTrue();
    }

    private void tellRtt(long millis, long inFlightBytes) {
        TransportStats stats = new TransportStats(
                millis * MILLISECOND, 1, 1, 0, inFlightBytes, TransportStats.UNKNOWN, 0, MptcpStats.NONE);
        control.onTransport(stats, inFlightBytes, path.nowNanos);
    }

    private void tellHeld(long unacknowledgedBytes, long heldBytes) {
        TransportStats stats = new TransportStats(
                transportRttNanos,
                windowBytes,
                1,
                TransportStats.UNKNOWN,
                unacknowledgedBytes,
                heldBytes,
                0,
                MptcpStats.NONE);
        control.onTransport(stats, PRODUCT_BYTES, path.nowNanos);
    }

    /** As TCP does while it repairs a loss: then it must not run out of data. */
    @Test
    void shouldAllowMoreWhenThePathStopsAndCatchesUp() {
        path.settle();
        for (int i = 0; i < 10; i++) {
            path.nowNanos += 100 * MILLISECOND;
            control.onDelivered((int) PRODUCT_BYTES, PRODUCT_BYTES, path.nowNanos);
            path.roundTrips++;
            control.onEstimate(path, path.nowNanos);
        }

        control.onSilence(100 * MILLISECOND);
        assertThat(control.inFlightLimitBytes()).isBetween(2 * PRODUCT_BYTES, 3 * PRODUCT_BYTES);
    }

    @Test
    void shouldAllowTwoSmallFramesWhenThePathIsAllButDead() {
        path.rate = 100;
        path.settle();

        assertThat(control.inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.MIN_BYTES);
    }

    /** Loopback: event loops work in batches, but what leaves the processor's cache is copied at half the speed. */
    @Test
    void shouldStayInTheCacheWhenTheRoundTripIsShorterThanABatch() {
        path.rate = 4e9;
        path.minRttNanos = MILLISECOND / 50;
        path.settle();
        control.onDelivered(8 << 20, 0, path.nowNanos);
        path.roundTrip();

        assertThat(control.inFlightLimitBytes()).isEqualTo(BandwidthDelayControl.MAX_BATCHING_BYTES);
    }

    /** What a long fat path holds has to be in flight, cache or not. */
    @Test
    void shouldFillAPathThatHoldsMoreThanABatch() {
        path.rate = 20_000_000;
        path.settle();

        assertThat(control.inFlightLimitBytes()).isBetween(2_000_000L, 2_600_000L);
    }
}
