package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatenessTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;

    private final Lateness lateness = new Lateness();

    private long look(long lateMillis, long atMillis) {
        lateness.onLook(lateMillis * MILLISECOND, atMillis * MILLISECOND);
        return lateness.nanos();
    }

    @Test
    void shouldBeInTimeUntilItIsLate() {
        assertThat(lateness.nanos()).isZero();
        assertThat(look(0, 5_000)).isZero();
        assertThat(look(80, 5_100)).isEqualTo(80 * MILLISECOND);
        assertThat(look(120, 5_200)).isEqualTo(120 * MILLISECOND);
    }

    /** A busy thread is met at the end of a turn now and then. */
    @Test
    void shouldFadeWithEachLookThatIsInTime() {
        look(80, 5_000);
        assertThat(look(1, 5_100)).isEqualTo(70 * MILLISECOND);
        assertThat(look(65, 5_200)).isEqualTo(65 * MILLISECOND);
        for (int i = 0; i < 40; i++) {
            look(0, 5_300 + i * 100);
        }
        assertThat(lateness.nanos()).isLessThan(MILLISECOND);
    }

    @Test
    void shouldForgetWhatIsLongAgo() {
        look(80, 5_000);
        assertThat(look(2, 6_000)).isEqualTo(70 * MILLISECOND);
        assertThat(look(2, 7_001)).isEqualTo(2 * MILLISECOND);
    }

    /** A laptop that has slept for a night does not look for its paths only a night later. */
    @Test
    void shouldNotTakeAThreadThatStoodStillForABusyOne() {
        assertThat(look(3_600_000, 4_000_000)).isEqualTo(1_000 * MILLISECOND);
    }
}
