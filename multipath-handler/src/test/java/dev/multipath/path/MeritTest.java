package dev.multipath.path;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What a subflow earns for its path, and what the path's redials cost without. */
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
    void shouldNotBeEarnedByTheAgeOfAStaleSubflow() {
        Merit merit = new Merit(0);
        merit.onStale();

        assertThat(merit.take(0, 10 * TIME)).isFalse();
        assertThat(merit.take(BYTES, 10 * TIME)).isTrue();
        assertThat(merit.take(BYTES, 20 * TIME)).isFalse();
        merit.onRecovered(20 * TIME);
        assertThat(merit.take(BYTES, 21 * TIME - 1)).isFalse();
        assertThat(merit.take(BYTES, 21 * TIME)).isTrue();
    }

    @Test
    void shouldDoubleTheDelayUpToTheLimitUntilItIsReset() {
        DialPolicy policy = DialPolicy.of(Duration.ofSeconds(30), Duration.ofMillis(250), Duration.ofSeconds(30));
        RedialBackoff backoff = new RedialBackoff(policy, middle());
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            millis.add(backoff.delayNanos() / 1_000_000);
            backoff.onFailed();
        }

        assertThat(millis)
                .containsExactly(200L, 400L, 800L, 1_600L, 3_200L, 6_400L, 12_800L, 25_600L, 30_000L, 30_000L);
        backoff.reset();
        assertThat(backoff.delayNanos()).isEqualTo(Duration.ofMillis(200).toNanos());
    }

    /** No jitter. */
    private static RandomGenerator middle() {
        return new Random(1) {
            @Override
            public long nextLong(long bound) {
                return bound / 2;
            }
        };
    }
}
