package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.StatsTracker;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A path on which data got stuck carries copies first. */
class SessionProbationTest {

    /** Of a round trip of 50 ms that was measured once: that, four times its half, 5 ms, and what the frame itself takes. */
    private static final long OVERDUE_MILLIS = 160;

    private static Subflow joinDistrusted(ExtendedFixture fixture, long rttMillis) {
        // The fixture joins and lets it in; nothing was sent on it meanwhile, so it is as if it had been distrusted
        // before.
        Subflow subflow = fixture.join(rttMillis);
        fixture.session.distrust(subflow, 32 << 10);
        fixture.session.setBackup(subflow, false);
        fixture.transmit();
        return subflow;
    }

    @ParameterizedTest
    @EnumSource
    void shouldCarryNothingButCopiesUntilItHasDeliveredSome(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow trusted = fixture.first(50);
            // Of lower round-trip time, so that the scheduler would choose it.
            Subflow distrusted = joinDistrusted(fixture, 5);

            assertThat(fixture.sendAndTransmit(10_000)).containsExactly("0: frame 10 of 10000", "1: frame 10 of 10000");
            assertThat(distrusted.isTrusted()).isFalse();
            assertThat(fixture.sendAndTransmit(30_000)).contains("0: frame 11 of 8192", "1: frame 11 of 8192");
            fixture.passMillis(5);
            fixture.receiveAck(distrusted, 15, 5);

            assertThat(distrusted.isTrusted()).isTrue();
            assertThat(fixture.session.unacknowledgedBytes()).isZero();
            fixture.passMillis(45);
            fixture.receiveAck(trusted, 15, 5);
            assertThat(fixture.sendAndTransmit(1_000)).containsExactly("1: frame 15 of 1000");
        }
    }

    /** Its copies are no reason to wait: what another carried is repeated at once if that fails. */
    @Test
    void shouldNotBeReliedOn() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow first = fixture.first(50);
            joinDistrusted(fixture, 5);
            fixture.join(60);
            assertThat(fixture.sendAndTransmit(1_000)).containsExactly("0: frame 10 of 1000", "1: frame 10 of 1000");

            fixture.fail(first);

            assertThat(fixture.transmit()).contains("2: frame 10 of 1000");
        }
    }

    @Test
    void shouldGoStaleWithItsCopiesAndHoldUpNobody() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow trusted = fixture.first(50);
            Subflow distrusted = joinDistrusted(fixture, 5);
            long copied = 0;
            for (int frame = 10; frame < 40; frame++) {
                List<String> words = fixture.sendAndTransmit(4_000);
                assertThat(words).contains("0: frame " + frame + " of 4000");
                copied += words.stream()
                        .filter(word -> word.startsWith("1: frame"))
                        .count();
                fixture.passMillis(10);
                fixture.session.onTimeout(fixture.nowNanos());
                fixture.receiveAck(trusted, frame + 1, frame - 9);
            }

            assertThat(distrusted.state()).isEqualTo(SubflowState.STALE);
            assertThat(fixture.events()).containsExactly("1: STALE");
            // No more than may be in flight on a subflow of which nothing is known.
            assertThat(copied).isBetween(1L, 17L);
            assertThat(fixture.session.unacknowledgedBytes()).isZero();
        }
    }

    @Test
    void shouldCarryEverythingWhileItIsTheOnlyOne() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow first = fixture.first(50);
            joinDistrusted(fixture, 5);
            fixture.fail(first);
            fixture.transmit();

            assertThat(fixture.sendAndTransmit(1_000)).containsExactly("1: frame 10 of 1000");
        }
    }

    /** It has what it was given once: a subflow loses nothing. */
    @Test
    void shouldNotCarryTheSameTwiceWhenItIsTheOnlyOneLeft() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow first = fixture.first(50);
            joinDistrusted(fixture, 5);
            assertThat(fixture.sendAndTransmit(1_000)).containsExactly("0: frame 10 of 1000", "1: frame 10 of 1000");

            fixture.fail(first);

            assertThat(fixture.transmit()).doesNotContain("1: frame 10 of 1000");
            assertThat(fixture.sendAndTransmit(1_000)).containsExactly("1: frame 11 of 1000");
        }
    }

    /** What is overdue on the only one that is trusted, though nothing new leaves that could be copied. */
    @Test
    void shouldShowByWhatIsOverdueThatItDelivers() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            fixture.first(50);
            Subflow distrusted = joinDistrusted(fixture, 5);
            fixture.session.onWritabilityChanged(distrusted, false);
            assertThat(fixture.sendAndTransmit(1_000)).containsExactly("0: frame 10 of 1000");
            fixture.session.onWritabilityChanged(distrusted, true);
            assertThat(fixture.run(OVERDUE_MILLIS - 10)).isEmpty();

            assertThat(fixture.run(10)).contains("1: frame 10 of 1000");
            assertThat(fixture.repetitions).containsExactly(RepetitionCause.TRIAL);
        }
    }

    /** Nothing new leaves then, and what is repeated only as fast as the others take it. */
    @Test
    void shouldShowByWhatWaitsToBeSentAgainThatItDelivers() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow first = fixture.first(50);
            Subflow distrusted = joinDistrusted(fixture, 5);
            Subflow other = fixture.join(60);
            fixture.session.onWritabilityChanged(distrusted, false);
            fixture.session.onWritabilityChanged(other, false);
            assertThat(fixture.sendAndTransmit(1_000)).containsExactly("0: frame 10 of 1000");
            fixture.fail(first);
            fixture.session.onWritabilityChanged(distrusted, true);

            assertThat(fixture.transmit()).contains("1: frame 10 of 1000");

            fixture.session.onWritabilityChanged(other, true);
            assertThat(fixture.transmit()).contains("2: frame 10 of 1000");
        }
    }

    /** Its copy may never come: the frame is overdue all the same. */
    @Test
    void shouldNotKeepOthersFromCarryingWhatIsOverdue() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            fixture.first(50);
            joinDistrusted(fixture, 5);
            fixture.join(60);
            assertThat(fixture.sendAndTransmit(1_000)).containsExactly("0: frame 10 of 1000", "1: frame 10 of 1000");

            assertThat(fixture.run(OVERDUE_MILLIS)).contains("2: frame 10 of 1000");
        }
    }

    /** A copy that is not needed may do harm at a Go peer. */
    @Test
    void shouldNotCopyInTheBaseProfile() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.subflow(50);
            Subflow second =
                    fixture.session.addSubflow(StatsTracker.NONE, 5_000_000, JoinOffer.BASE, fixture.nowNanos());
            fixture.session.distrust(second, 32 << 10);
            fixture.transmit();
            fixture.receive(second, ControlFrame.PONG);

            assertThat(fixture.sendAndTransmit(1_000)).containsExactly("1: frame 10 of 1000");
        }
    }
}
