package dev.multipath.channel;

import static dev.multipath.channel.RouteTrust.FIRST_TRIAL_BYTES;
import static dev.multipath.channel.RouteTrust.FORGIVING_NANOS;
import static dev.multipath.channel.RouteTrust.LONGEST_TRIAL_BYTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A path that flaps is trusted less each time; trust returns with bytes and time. */
class RouteTrustTest {

    private static final long SECOND = 1_000_000_000;

    private final RouteTrust trust = new RouteTrust();

    @Test
    void shouldTryTheNextAfterAFailureUntilOneHasPassed() {
        assertThat(trust.onFailed(true, 0)).isZero();

        assertThat(trust.trialBytes(false)).isEqualTo(FIRST_TRIAL_BYTES);
        assertThat(trust.trialBytes(true)).isZero();
    }

    @Test
    void shouldAskForMoreWhenARouteThatWasTrustedFailsAgain() {
        List<Long> trials = new ArrayList<>();
        for (int flap = 0; flap < 7; flap++) {
            long trialBytes = trust.onFailed(true, 2 * flap * SECOND);
            assertThat(trialBytes).isEqualTo(flap == 0 ? 0 : trust.trialBytes(false));
            trials.add(trust.trialBytes(false) >> 10);
        }

        assertThat(trials).containsExactly(32L, 128L, 512L, 2_048L, 8_192L, 16_384L, LONGEST_TRIAL_BYTES >> 10);
        assertThat(trust.trialBytes(true)).isEqualTo(LONGEST_TRIAL_BYTES);
    }

    /** It has taken nothing with it. */
    @Test
    void shouldAskForTheSameOfWhoFailsOnTrial() {
        trust.onFailed(true, 0);

        assertThat(trust.onFailed(false, SECOND)).isZero();
        assertThat(trust.trialBytes(false)).isEqualTo(FIRST_TRIAL_BYTES);
    }

    @Test
    void shouldForgiveWhoHasPassedAndWorkedForATime() {
        trust.onFailed(true, 0);
        trust.onFailed(true, SECOND);

        assertThat(trust.isForgiven(true, SECOND + FORGIVING_NANOS - 1)).isFalse();
        assertThat(trust.isForgiven(false, SECOND + FORGIVING_NANOS)).isFalse();
        assertThat(trust.isForgiven(true, SECOND + FORGIVING_NANOS)).isTrue();
        assertThat(trust.onFailed(true, SECOND + FORGIVING_NANOS)).isZero();
        assertThat(trust.trialBytes(false)).isEqualTo(FIRST_TRIAL_BYTES);
    }
}
