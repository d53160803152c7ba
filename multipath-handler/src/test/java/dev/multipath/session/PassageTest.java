package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.session.SentFrame.Transmission;
import org.junit.jupiter.api.Test;

/** When a subflow's frames should be told of, by those before them. */
class PassageTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long RTT = 80 * MILLISECOND;

    /** An eighth of the round trip, and 10 ms. */
    private static final long MARGIN = 20 * MILLISECOND;

    private static final double BYTES_PER_SECOND = 1e6;

    private final Passage passage = new Passage();

    private static Transmission copy(long sequence, long sentAtNanos, long endsAtBytes) {
        Transmission copy = new Transmission(null);
        copy.sequence = sequence;
        copy.sentAtNanos = sentAtNanos;
        copy.endsAtBytes = endsAtBytes;
        return copy;
    }

    private long dueAtNanos(Transmission copy) {
        return passage.dueAtNanos(copy, BYTES_PER_SECOND, RTT);
    }

    @Test
    void shouldNotKnowBeforeAnythingIsToldOf() {
        assertThat(dueAtNanos(copy(0, 0, 1000))).isEqualTo(Deadline.NONE);
    }

    @Test
    void shouldExpectWhatWasSentAtOnceAsFastAsThePathIs() {
        passage.onTold(copy(3, 0, 10_000), 90 * MILLISECOND);

        assertThat(dueAtNanos(copy(4, 0, 15_000))).isEqualTo(95 * MILLISECOND + MARGIN);
        assertThat(dueAtNanos(copy(5, 0, 20_000))).isEqualTo(100 * MILLISECOND + MARGIN);
    }

    @Test
    void shouldExpectWhatWasSentLaterSoMuchLater() {
        passage.onTold(copy(3, 0, 10_000), 90 * MILLISECOND);

        // A quarter more, as the path may have changed.
        assertThat(dueAtNanos(copy(4, 40 * MILLISECOND, 11_000))).isEqualTo(140 * MILLISECOND + MARGIN);
    }

    @Test
    void shouldGoByTheNewestThatIsToldOf() {
        passage.onTold(copy(5, 0, 10_000), 90 * MILLISECOND);
        passage.onTold(copy(4, 0, 9_000), 300 * MILLISECOND);

        assertThat(dueAtNanos(copy(6, 0, 11_000))).isEqualTo(91 * MILLISECOND + MARGIN);
        assertThat(dueAtNanos(copy(4, 0, 9_000))).as("before it").isEqualTo(Deadline.NONE);
    }

    @Test
    void shouldAllowALongPathNoMoreThanAQueueBeginsWith() {
        passage.onTold(copy(0, 0, 0), 0);

        assertThat(passage.dueAtNanos(copy(1, 0, 0), BYTES_PER_SECOND, 800 * MILLISECOND))
                .isEqualTo(26 * MILLISECOND);
    }

    @Test
    void shouldNotKnowWithoutARate() {
        passage.onTold(copy(0, 0, 0), 0);

        assertThat(passage.dueAtNanos(copy(1, 0, 1000), 0, RTT)).isEqualTo(Deadline.NONE);
    }
}
