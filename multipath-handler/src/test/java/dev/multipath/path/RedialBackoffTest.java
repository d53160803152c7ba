package dev.multipath.path;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.RedialBackoff.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** How soon a path is dialled again, without its jitter. */
class RedialBackoffTest {

    private static final long OUTAGE = SECONDS.toNanos(100);

    private final RedialBackoff backoff = new RedialBackoff(
            DialPolicy.of(Duration.ofSeconds(30), Duration.ofMillis(250), Duration.ofSeconds(30)), middle());

    /** No jitter. */
    private static RandomGenerator middle() {
        return new Random(1) {
            @Override
            public long nextLong(long bound) {
                return bound / 2;
            }
        };
    }

    /** A path that has worked and delivered enough, with a round trip of so many milliseconds, is silent since then. */
    private void loseWorkingPath(long rttMillis) {
        backoff.onEstablished(MILLISECONDS.toNanos(rttMillis));
        backoff.onSupplied();
        backoff.reset();
        backoff.onOutage(OUTAGE);
    }

    private long intervalMillis(boolean urgent, long outageMillis) {
        return toMillis(backoff.intervalNanos(urgent, OUTAGE + MILLISECONDS.toNanos(outageMillis)));
    }

    private static long toMillis(long nanos) {
        return nanos / 1_000_000;
    }

    @Test
    void shouldDialAtOnceBesideASubflowThatHasEarnedIt() {
        loseWorkingPath(20);

        assertThat(backoff.state()).isEqualTo(State.SEARCHING);
        assertThat(backoff.replacementDelayNanos()).isZero();
    }

    @Test
    void shouldSearchAtASteadyPaceThatSlowsWithTheOutage() {
        loseWorkingPath(20);

        assertThat(intervalMillis(false, 0)).isEqualTo(250);
        assertThat(intervalMillis(false, 25_000)).isEqualTo(250);
        assertThat(intervalMillis(false, 40_000)).isEqualTo(400);
        assertThat(intervalMillis(false, 60_000)).isEqualTo(600);
        assertThat(intervalMillis(false, 24 * 3_600_000)).isEqualTo(30_000);
    }

    @Test
    void shouldSearchFasterWhileNothingGetsThrough() {
        loseWorkingPath(20);

        assertThat(intervalMillis(true, 3_000)).isEqualTo(100);
        assertThat(intervalMillis(true, 20_000)).isEqualTo(200);
    }

    @Test
    void shouldGiveAnAttemptTheTimeThatThePathTakes() {
        loseWorkingPath(60_000);
        assertThat(intervalMillis(true, 0)).isEqualTo(2_000);

        loseWorkingPath(300);
        assertThat(intervalMillis(true, 0)).isEqualTo(300);

        // It was in a full queue, perhaps.
        loseWorkingPath(900);
        assertThat(intervalMillis(true, 0)).isEqualTo(300);
    }

    @Test
    void shouldSlowDownForAPathThatFlapsBeforeItHasDeliveredAnything() {
        loseWorkingPath(20);
        List<Long> millis = new ArrayList<>();
        for (int flap = 0; flap < 4; flap++) {
            millis.add(intervalMillis(false, 0));
            backoff.onEstablished(MILLISECONDS.toNanos(20));
            backoff.onSupplied();
            backoff.onOutage(OUTAGE);
        }

        assertThat(millis).containsExactly(250L, 500L, 1_000L, 2_000L);
        assertThat(backoff.replacementDelayNanos()).isEqualTo(MILLISECONDS.toNanos(3_200));
        backoff.reset();
        assertThat(backoff.replacementDelayNanos()).isZero();
    }

    /** Its SYNs go out when TCP's own would: a path that is simply not there, such as IPv6, costs no more than that. */
    @Test
    void shouldHurryNowhereOnAPathThatHasNeverWorked() {
        List<Long> millis = new ArrayList<>();
        for (int attempt = 0; attempt < 7; attempt++) {
            backoff.onDialled();
            millis.add(intervalMillis(true, 0));
        }

        assertThat(millis).containsExactly(1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L, 30_000L);
    }

    /** Behind a balancer that goes by chance, each join that comes to a wrong server is answered, and refused. */
    @Test
    void shouldCountAnAttemptOnceThatIsAnsweredAndThenRefused() {
        List<Long> millis = new ArrayList<>();
        for (int attempt = 0; attempt < 6; attempt++) {
            backoff.onDialled();
            backoff.onEstablished(MILLISECONDS.toNanos(20));
            millis.add(intervalMillis(false, 0));
        }

        assertThat(millis).containsExactly(1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L);
    }

    @Test
    void shouldDoubleTheDelayUpToTheLimitWhileItIsRefused() {
        loseWorkingPath(20);
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            millis.add(toMillis(backoff.delayNanos()));
            backoff.onFailed(i % 2 == 0 ? DialFailure.REFUSAL : DialFailure.NO_WAY);
            assertThat(backoff.state()).isEqualTo(State.BACKING_OFF);
            assertThat(backoff.intervalNanos(true, OUTAGE)).isEqualTo(backoff.delayNanos());
        }

        assertThat(millis)
                .containsExactly(200L, 400L, 800L, 1_600L, 3_200L, 6_400L, 12_800L, 25_600L, 30_000L, 30_000L);
        backoff.reset();
        assertThat(backoff.delayNanos()).isEqualTo(MILLISECONDS.toNanos(200));
    }

    @Test
    void shouldSearchAgainWhenTheRefusalsTurnIntoSilence() {
        loseWorkingPath(20);
        backoff.onFailed(DialFailure.REFUSAL);

        backoff.onFailed(DialFailure.SILENCE);

        assertThat(backoff.state()).isEqualTo(State.SEARCHING);
        assertThat(intervalMillis(false, 0)).isEqualTo(500);
    }

    @Test
    void shouldBeginAnewWhenThisHostsInterfacesChange() {
        loseWorkingPath(20);
        for (int i = 0; i < 10; i++) {
            backoff.onFailed(DialFailure.NO_WAY);
        }

        backoff.onChange(OUTAGE + SECONDS.toNanos(60));

        assertThat(backoff.state()).isEqualTo(State.SEARCHING);
        assertThat(intervalMillis(false, 60_000)).isEqualTo(250);
    }

    @Test
    void shouldSpreadAttemptsByChance() {
        RedialBackoff spread = new RedialBackoff(
                DialPolicy.of(Duration.ofSeconds(30), Duration.ofMillis(250), Duration.ofSeconds(30)), new Random(1));
        spread.onEstablished(0);
        spread.onSupplied();
        spread.reset();
        spread.onOutage(0);
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            millis.add(toMillis(spread.intervalNanos(false, 0)));
        }

        assertThat(millis).allMatch(each -> each >= 187 && each <= 313);
        assertThat(millis).anyMatch(each -> each < 195).anyMatch(each -> each > 305);
    }
}
