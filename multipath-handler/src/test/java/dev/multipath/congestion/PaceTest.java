package dev.multipath.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When {@link BandwidthDelayControl} lets leave what there is room for. */
class PaceTest {

    private static final long MILLISECOND = 1_000_000;

    private static final long PRODUCT_BYTES = ScriptedPath.PRODUCT_BYTES;

    private final BandwidthDelayControl control = new BandwidthDelayControl();
    private final ScriptedPath path = new ScriptedPath();
    private long nowNanos = 1_000 * MILLISECOND;

    /** A window at once, behind a stall or when credit comes, would make a short queue overflow. */
    @Test
    void shouldSpreadWhatLeavesByThePathsRate() {
        settle();
        control.onSent(12_500, 12_500, nowNanos);
        assertThat(control.sendsAtNanos()).as("what leaves behind a rest").isLessThanOrEqualTo(nowNanos);

        control.onSent(25_000, 37_500, nowNanos);

        // A quarter faster than the path: so much takes 20 ms.
        assertThat(control.sendsAtNanos()).isBetween(nowNanos + 19 * MILLISECOND, nowNanos + 21 * MILLISECOND);
        nowNanos += 100 * MILLISECOND;
        control.onSent(12_500, 12_500, nowNanos);
        assertThat(control.sendsAtNanos()).isLessThanOrEqualTo(nowNanos);
    }

    /** A thread that is late for each turn would let pass ever less: the rate would be what it has let pass, and the pace follow. */
    @Test
    void shouldMakeGoodWhatALateTurnHasMissed() {
        settle();
        control.onSent(50_000, 50_000, nowNanos);
        long dueNanos = control.sendsAtNanos();
        nowNanos = dueNanos + 50 * MILLISECOND;
        control.onLateTurn(nowNanos - dueNanos);

        // So much takes 40 ms.
        control.onSent(50_000, 50_000, nowNanos);
        assertThat(control.sendsAtNanos()).isBetween(nowNanos - 11 * MILLISECOND, nowNanos - 9 * MILLISECOND);
        control.onSent(50_000, 100_000, nowNanos);
        assertThat(control.sendsAtNanos()).isBetween(nowNanos + 29 * MILLISECOND, nowNanos + 31 * MILLISECOND);

        // Made good: a rest counts as before.
        nowNanos += 200 * MILLISECOND;
        control.onSent(50_000, 50_000, nowNanos);
        assertThat(control.sendsAtNanos()).isBetween(nowNanos + 29 * MILLISECOND, nowNanos + 31 * MILLISECOND);
    }

    /** Its rate would be what was let pass. */
    @Test
    void shouldSetNoPaceWhileThePathShowsNoEndOfItsRate() {
        roundTrip();

        control.onSent(1 << 20, 1 << 20, nowNanos);

        assertThat(control.sendsAtNanos()).isLessThan(nowNanos);
    }

    @Test
    void shouldForgetThePaceOfAnotherPath() {
        settle();
        control.onSent((int) PRODUCT_BYTES, PRODUCT_BYTES, nowNanos);
        assertThat(control.sendsAtNanos()).isGreaterThan(nowNanos);

        control.onRestart();

        assertThat(control.sendsAtNanos()).isLessThan(nowNanos);
    }

    /** Or a path that crawled would show its rate only after minutes. */
    @Test
    void shouldLetPassTwoSmallFramesInARoundTripWhateverTheRate() {
        path.rate = 100;
        settle();

        control.onSent((int) BandwidthDelayControl.MIN_BYTES, BandwidthDelayControl.MIN_BYTES, nowNanos);

        assertThat(control.sendsAtNanos()).isLessThan(nowNanos + 100 * MILLISECOND);
    }

    private void settle() {
        for (int i = 0; i < 6; i++) {
            roundTrip();
        }
    }

    private void roundTrip() {
        nowNanos += 100 * MILLISECOND;
        path.roundTrips++;
        control.onEstimate(path, nowNanos);
    }
}
