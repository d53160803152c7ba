package dev.multipath.path;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a subflow earns for its path. */
class MeritTest {

    private static final long BYTES = Merit.EARNING_BYTES;
    private static final long TIME = Merit.EARNING_NANOS;

    @Test
    void shouldNotBeEarnedByAHandshake() {
        assertThat(new Merit(7).take(0, 7)).isFalse();
        assertThat(new Merit(7).take(BYTES - 1, 7 + TIME - 1)).isFalse();
    }

    @Test
    void shouldBeEarnedOnceByBytes() {
        Merit merit = new Merit(0);

        assertThat(merit.take(BYTES, 1)).isTrue();
        assertThat(merit.take(2 * BYTES - 1, 2)).isFalse();
        assertThat(merit.take(2 * BYTES, 3)).isTrue();
    }

    @Test
    void shouldBeEarnedOnceByTime() {
        Merit merit = new Merit(0);

        assertThat(merit.take(0, TIME)).isTrue();
        assertThat(merit.take(0, 2 * TIME - 1)).isFalse();
        assertThat(merit.take(0, 2 * TIME)).isTrue();
    }

    @Test
    void shouldNotBeEarnedByTheAgeOfASubflowThatMayBeDead() {
        Merit merit = new Merit(0);
        merit.onDoubtful();

        assertThat(merit.take(0, 10 * TIME)).isFalse();
        assertThat(merit.take(BYTES, 10 * TIME)).isTrue();
        assertThat(merit.take(BYTES, 20 * TIME)).isFalse();
        merit.onDelivers(20 * TIME);
        assertThat(merit.take(BYTES, 21 * TIME - 1)).isFalse();
        assertThat(merit.take(BYTES, 21 * TIME)).isTrue();
    }
}
