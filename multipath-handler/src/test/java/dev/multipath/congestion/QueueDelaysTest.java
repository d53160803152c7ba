package dev.multipath.congestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class QueueDelaysTest {

    private static final int SAMPLES = 10;

    private static void feed(QueueDelays delays, int fromInterval, int toInterval, IntToDoubleFunction millis) {
        for (int i = fromInterval; i < toInterval; i++) {
            for (int k = 0; k < SAMPLES; k++) {
                long nowNanos = i * QueueDelays.INTERVAL_NANOS + k * QueueDelays.INTERVAL_NANOS / SAMPLES;
                delays.add((long) (1e6 * millis.applyAsDouble(i)), nowNanos);
            }
        }
    }

    private static double agreement(IntToDoubleFunction one, IntToDoubleFunction other) {
        QueueDelays first = new QueueDelays();
        QueueDelays second = new QueueDelays();
        feed(first, 0, 60, one);
        feed(second, 0, 60, other);
        Double agreement = first.agreement(second);
        assertThat(second.agreement(first)).isEqualTo(agreement);
        return agreement;
    }

    private static double sawtooth(int interval) {
        return 7 * interval % 40;
    }

    /** However far each is, and whatever waits where. */
    @Test
    void shouldSeeThatTwoWaitAsLongAtTheSameTime() {
        assertThat(agreement(i -> 20 + sawtooth(i), i -> 180 + sawtooth(i))).isCloseTo(1, within(1e-6));
    }

    @Test
    void shouldSeeThatTwoWaitAtOtherTimes() {
        SplittableRandom random = new SplittableRandom(1);
        double[] noise = random.doubles(200, 0, 40).toArray();
        assertThat(agreement(i -> 20 + noise[i], i -> 20 + noise[i + 100])).isBetween(-0.5, 0.5);
    }

    /** One long wait of both, and nothing else in common. */
    @Test
    void shouldNotTakeACoincidenceForAQueue() {
        SplittableRandom random = new SplittableRandom(2);
        double[] noise = random.doubles(200, 0, 10).toArray();
        IntToDoubleFunction start = i -> i == 30 ? 500 : 0;
        assertThat(agreement(i -> noise[i] + start.applyAsDouble(i), i -> noise[i + 100] + start.applyAsDouble(i)))
                .isLessThan(0.5);
    }

    /** RFC 8382: a queue that is mostly long, and empties now and then; not one that is mostly empty. */
    @Test
    void shouldSeeWhoHasABottleneck() {
        QueueDelays delays = new QueueDelays();
        assertThat(delays.isQueued()).isFalse();
        feed(delays, 0, 60, i -> i % 4 == 0 ? 20 : 60);
        assertThat(delays.isQueued()).isTrue();
        feed(delays, 60, 120, i -> i % 4 == 0 ? 60 : 20);
        assertThat(delays.isQueued()).isFalse();
    }

    /** Both rise when the session sends more; not by as much. */
    @Test
    void shouldSeeThatOneWaitsLonger() {
        assertThat(agreement(i -> 20 + sawtooth(i), i -> 20 + 5 * sawtooth(i))).isLessThan(0.4);
    }

    @Test
    void shouldKnowNothingIfNobodyWaits() {
        assertThat(agreement(i -> 20 + 0.01 * sawtooth(i), i -> 20 + sawtooth(i)))
                .isNaN();
        assertThat(agreement(i -> 20, i -> 20)).isNaN();
    }

    @Test
    void shouldKnowNothingOfWhatWasNotSeen() {
        QueueDelays first = new QueueDelays();
        QueueDelays second = new QueueDelays();
        assertThat(first.agreement(second)).isNaN();
        feed(first, 0, 60, QueueDelaysTest::sawtooth);
        feed(second, 0, 26, QueueDelaysTest::sawtooth);
        assertThat(first.agreement(second)).isNaN();
    }

    /** Both were seen for long, and not at the same time. */
    @Test
    void shouldForget() {
        QueueDelays first = new QueueDelays();
        QueueDelays second = new QueueDelays();
        feed(first, 0, 60, QueueDelaysTest::sawtooth);
        feed(second, 0, 60, QueueDelaysTest::sawtooth);
        assertThat(first.agreement(second)).isCloseTo(1, within(1e-6));
        feed(second, 90, 150, QueueDelaysTest::sawtooth);
        assertThat(first.agreement(second)).isNaN();
    }
}
