package dev.multipath.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When {@link BandwidthDelayControl} lets leave what there is room for. */
class PaceTest {

    private static final long MILLISECOND = 1_000_000;

    private static final long PRODUCT_BYTES = ScriptedPath.PRODUCT_BYTES;

    private final ScriptedPath path = new ScriptedPath();
    private final BandwidthDelayControl control = path.control;

    /** A window at once, behind a stall or when credit comes, would make a short queue overflow. */
    @Test
    void shouldSpreadWhatLeavesByThePathsRate() {
        path.settle();
        control.onSent(12_500, 12_500, path.nowNanos);
        assertThat(control.sendsAtNanos()).as("what leaves behind a rest").isLessThanOrEqualTo(path.nowNanos);

        control.onSent(25_000, 37_500, path.nowNanos);

        // A quarter faster than the path: so much takes 20 ms.
        assertThat(control.sendsAtNanos())
                .isBetween(path.nowNanos + 19 * MILLISECOND, path.nowNanos + 21 * MILLISECOND);
        path.nowNanos += 100 * MILLISECOND;
        control.onSent(12_500, 12_500, path.nowNanos);
        assertThat(control.sendsAtNanos()).isLessThanOrEqualTo(path.nowNanos);
    }

    /** A thread that is late for each turn would let pass ever less: the rate would be what it has let pass, and the pace follow. */
    @Test
    void shouldMakeGoodWhatALateTurnHasMissed() {
        path.settle();
        control.onSent(50_000, 50_000, path.nowNanos);
        long dueNanos = control.sendsAtNanos();
        path.nowNanos = dueNanos + 50 * MILLISECOND;
        control.onLateTurn(path.nowNanos - dueNanos);

        // So much takes 40 ms.
        control.onSent(50_000, 50_000, path.nowNanos);
        assertThat(control.sendsAtNanos()).isBetween(path.nowNanos - 11 * MILLISECOND, path.nowNanos - 9 * MILLISECOND);
        control.onSent(50_000, 100_000, path.nowNanos);
        assertThat(control.sendsAtNanos())
                .isBetween(path.nowNanos + 29 * MILLISECOND, path.nowNanos + 31 * MILLISECOND);

        // Made good: a rest counts as before.
        path.nowNanos += 200 * MILLISECOND;
        control.onSent(50_000, 50_000, path.nowNanos);
        assertThat(control.sendsAtNanos())
                .isBetween(path.nowNanos + 29 * MILLISECOND, path.nowNanos + 31 * MILLISECOND);
    }

    /** Its rate would be what was let pass. */
    @Test
    void shouldSetNoPaceWhileThePathShowsNoEndOfItsRate() {
        path.roundTrip();

        control.onSent(1 << 20, 1 << 20, path.nowNanos);

        assertThat(control.sendsAtNanos()).isLessThan(path.nowNanos);
    }

    @Test
    void shouldForgetThePaceOfAnotherPath() {
        path.settle();
        control.onSent((int) PRODUCT_BYTES, PRODUCT_BYTES, path.nowNanos);
        assertThat(control.sendsAtNanos()).isGreaterThan(path.nowNanos);

        control.onRestart();

        assertThat(control.sendsAtNanos()).isLessThan(path.nowNanos);
    }

    /** Or a path that crawled would show its rate only after minutes. */
    @Test
    void shouldLetPassTwoSmallFramesInARoundTripWhateverTheRate() {
        path.rate = 100;
        path.settle();

        control.onSent((int) BandwidthDelayControl.MIN_BYTES, BandwidthDelayControl.MIN_BYTES, path.nowNanos);

        assertThat(control.sendsAtNanos()).isLessThan(path.nowNanos + 100 * MILLISECOND);
    }
}
