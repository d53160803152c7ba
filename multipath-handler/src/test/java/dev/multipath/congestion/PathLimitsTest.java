package dev.multipath.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PathLimitsTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int FRAME_BYTES = 4_000;

    private final PathLimits limits = new PathLimits();

    /** Sends frames whenever one may leave, for so long, and says how many bytes left. */
    private long send(long fromNanos, long untilNanos) {
        long sent = 0;
        long now = fromNanos;
        while (now < untilNanos) {
            limits.refill(now);
            while (limits.hasRoom()) {
                limits.onSent(FRAME_BYTES);
                sent += FRAME_BYTES;
            }
            if (!limits.isPaused()) {
                return sent;
            }
            assertThat(limits.resumesAtNanos()).isGreaterThan(now);
            now = limits.resumesAtNanos();
        }
        return sent;
    }

    @Test
    void shouldSendAsFastAsItMayAndNotFaster() {
        limits.set(1_000_000, PathLimits.UNLIMITED);

        long sent = send(5 * SECOND, 15 * SECOND);

        assertThat(sent).isBetween(10_000_000L, 10_000_000L + 10_000 + FRAME_BYTES);
    }

    /** What was not used in a rest is not made up for, but for one bucket. */
    @Test
    void shouldNotSaveUp() {
        limits.set(100_000, PathLimits.UNLIMITED);
        send(SECOND, 2 * SECOND);

        assertThat(send(3_600 * SECOND, 3_600 * SECOND + 1)).isLessThanOrEqualTo(1_500 + FRAME_BYTES);
    }

    @Test
    void shouldEndWhenTheQuotaIsUsedUpAndGoOnWithMore() {
        limits.set(PathLimits.UNLIMITED, 20_000);
        limits.onReceived(10_000);

        assertThat(limits.hasRoom()).isTrue();
        limits.onSent(10_000);
        assertThat(limits.hasRoom()).isFalse();
        assertThat(limits.isSpent()).isTrue();
        limits.set(PathLimits.UNLIMITED, 20_001);
        assertThat(limits.hasRoom()).isTrue();
    }

    @Test
    void shouldLimitNothingIfNobodySaysSo() {
        limits.refill(0);
        limits.onSent(Integer.MAX_VALUE);

        assertThat(limits.hasRoom()).isTrue();
    }
}
