package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.session.SentFrame.Transmission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a subflow is late, and when it is stale: to the nanosecond. */
class SubflowTimingTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final long NOW = 5_000 * MILLISECOND;

    /** The peer's acknowledgement may wait, and event loops take their time. */
    private static final long GRACE = 5 * MILLISECOND;

    private final Lateness lateness = new Lateness();
    private final SubflowTiming timing = new SubflowTiming(lateness, NOW);
    private final Pings pings = new Pings();
    private final SendWindow window = new SendWindow();

    @AfterEach
    void release() {
        window.release();
    }

    private Transmission sentAt(long atNanos) {
        Transmission copy = window.add(VirtualSession.buffer(1)).addTransmission();
        copy.begin(null, 0, atNanos);
        return copy;
    }

    private void knowRtt(long millis) {
        timing.rtt().onSample(millis * MILLISECOND, NOW);
    }

    // ---- stale

    @Test
    void shouldBeStaleATimeOutBehindTheOldestOrTheLastProgress() {
        knowRtt(100);
        long rto = timing.retransmissionTimeoutNanos();
        assertThat(rto).isEqualTo(300 * MILLISECOND);
        assertThat(timing.staleAtNanos(null, pings, 0)).isEqualTo(Deadline.NONE);

        Transmission oldest = sentAt(NOW + 10);
        assertThat(timing.staleAtNanos(oldest, pings, 0)).isEqualTo(NOW + 10 + rto);
        timing.onProgress(NOW + 20);
        assertThat(timing.staleAtNanos(oldest, pings, 0)).isEqualTo(NOW + 20 + rto);
        timing.onNotListening(NOW + 30);
        assertThat(timing.staleAtNanos(oldest, pings, 0)).isEqualTo(NOW + 30 + rto);
    }

    /** It may wait behind data. */
    @Test
    void shouldGiveAPingTwiceTheTime() {
        knowRtt(100);
        pings.request();
        assertThat(timing.staleAtNanos(null, pings, 0)).isEqualTo(Deadline.NONE);
        pings.take(0, NOW + 7);

        assertThat(timing.staleAtNanos(null, pings, 0)).isEqualTo(NOW + 7 + 600 * MILLISECOND);
        timing.onNotListening(NOW + 30);
        assertThat(timing.staleAtNanos(null, pings, 0)).isEqualTo(NOW + 30 + 600 * MILLISECOND);
    }

    /** The path is alive then; but who answers for the peer may be a proxy. */
    @Test
    void shouldGiveThePeerMoreTimeWhenItsHostHasAll() {
        knowRtt(100);
        long rto = timing.retransmissionTimeoutNanos();
        Transmission oldest = sentAt(NOW);
        timing.onArrived(NOW + 250 * MILLISECOND);
        assertThat(timing.staleAtNanos(oldest, pings, 0)).isEqualTo(NOW + 250 * MILLISECOND + rto);
        timing.onArrived(NOW + 900 * MILLISECOND);
        assertThat(timing.staleAtNanos(oldest, pings, 0)).isEqualTo(NOW + 1_000 * MILLISECOND);

        // Of what was sent later it says nothing.
        assertThat(timing.staleAtNanos(sentAt(NOW + 901 * MILLISECOND), pings, 0))
                .isEqualTo(NOW + 901 * MILLISECOND + rto);
        pings.request();
        pings.take(0, NOW + 850 * MILLISECOND);
        assertThat(timing.staleAtNanos(null, pings, 0)).isEqualTo(NOW + 900 * MILLISECOND + 2 * rto);
    }

    /** Who answers on another subflow what was sent later is not slow: it is the path. */
    @Test
    void shouldGiveNoMoreTimeToWhoAnswersElsewhere() {
        knowRtt(100);
        long rto = timing.retransmissionTimeoutNanos();
        Transmission oldest = sentAt(NOW);
        timing.onArrived(NOW + 250 * MILLISECOND);
        assertThat(timing.staleAtNanos(oldest, pings, NOW)).isEqualTo(NOW + 250 * MILLISECOND + rto);
        assertThat(timing.staleAtNanos(oldest, pings, NOW + 1)).isEqualTo(NOW + rto);

        assertThat(timing.answeredSentAtNanos()).isZero();
        timing.onAnswer(NOW + 7, rto, false, NOW + 50);
        assertThat(timing.answeredSentAtNanos()).isEqualTo(NOW + 7);
    }

    /** What would come too early anyhow is not put off by that. */
    @Test
    void shouldNotBeStaleSoonerBecauseItsTimeOutIsLong() {
        knowRtt(2_000);
        Transmission oldest = sentAt(NOW);
        timing.onArrived(NOW + 10 * MILLISECOND);
        assertThat(timing.staleAtNanos(oldest, pings, 0)).isEqualTo(NOW + 4_000 * MILLISECOND);
    }

    @Test
    void shouldAllowForALateThread() {
        knowRtt(100);
        Transmission oldest = sentAt(NOW);
        long staleAtNanos = timing.staleAtNanos(oldest, pings, 0);
        long lateAtNanos = timing.lateAtNanos(oldest);
        long overdueAtNanos = timing.overdueAtNanos(NOW, NOW);

        lateness.onLook(70 * MILLISECOND, NOW);

        assertThat(timing.staleAtNanos(oldest, pings, 0)).isEqualTo(staleAtNanos + 70 * MILLISECOND);
        assertThat(timing.lateAtNanos(oldest)).isEqualTo(lateAtNanos + 70 * MILLISECOND);
        assertThat(timing.overdueAtNanos(NOW, NOW)).isEqualTo(overdueAtNanos + 70 * MILLISECOND);
    }

    // ---- late

    @Test
    void shouldBeLateARoundTripAndItsVarianceBehindTheOldest() {
        assertThat(timing.lateAtNanos(sentAt(NOW))).as("nothing is known").isEqualTo(Deadline.NONE);
        knowRtt(100);
        assertThat(timing.lateAtNanos(null)).isEqualTo(Deadline.NONE);

        Transmission oldest = sentAt(NOW + 10);
        long late = (100 + 4 * 50) * MILLISECOND + GRACE;
        assertThat(timing.lateAtNanos(oldest)).isEqualTo(NOW + 10 + late);
        timing.onProgress(NOW + 20);
        assertThat(timing.lateAtNanos(oldest)).isEqualTo(NOW + 20 + late);
        timing.onNotListening(NOW + 30);
        assertThat(timing.lateAtNanos(oldest)).isEqualTo(NOW + 30 + late);

        oldest.frame.release();
        assertThat(timing.lateAtNanos(oldest))
                .as("another subflow has told of it")
                .isEqualTo(NOW + 30 + late + AckSchedule.MAX_TOLD_DELAY_NANOS);
    }

    /** Looked at again whenever it has been silent for half as long again. */
    @Test
    void shouldBeLateUntilItMakesProgress() {
        knowRtt(100);
        Transmission oldest = sentAt(NOW);
        assertThat(timing.isLate()).isFalse();
        assertThat(timing.late(oldest, NOW + 400)).isTrue();
        assertThat(timing.isLate()).isTrue();
        assertThat(timing.silentNanos()).isEqualTo(400);
        assertThat(timing.lateAtNanos(oldest)).isEqualTo(NOW + 600);

        assertThat(timing.late(oldest, NOW + 600)).isFalse();
        assertThat(timing.silentNanos()).isEqualTo(600);
        assertThat(timing.lateAtNanos(oldest)).isEqualTo(NOW + 900);

        assertThat(timing.takeLate()).isTrue();
        assertThat(timing.silentNanos()).isZero();
        assertThat(timing.takeLate()).isFalse();
    }

    // ---- answers

    @Test
    void shouldTakeAnAnswerBehindItsTimeOutForAnOutage() {
        knowRtt(100);
        assertThat(timing.onAnswer(NOW, 300, false, NOW + 300)).isFalse();
        assertThat(timing.isSample(NOW)).isTrue();

        assertThat(timing.onAnswer(NOW + 300, 300, false, NOW + 601)).isTrue();
        assertThat(timing.isSample(NOW + 600)).as("sent before the answer").isFalse();
        assertThat(timing.isSample(NOW + 601)).isTrue();
    }

    /** So long the peer took to answer, and may again. */
    @Test
    void shouldNotTakeASlowPeerForAnOutage() {
        timing.onArrived(NOW + 300);
        assertThat(timing.onAnswer(NOW, 300, false, NOW + 600)).isFalse();
        assertThat(timing.onAnswer(NOW, 300, true, NOW + 600)).as("stale").isTrue();
    }

    @Test
    void shouldCountFromTheLastProgressAndFromWhenItListened() {
        timing.onProgress(NOW + 100);
        assertThat(timing.onAnswer(NOW, 300, false, NOW + 400)).isFalse();
        timing.onNotListening(NOW + 500);
        assertThat(timing.onAnswer(NOW, 300, false, NOW + 800)).isFalse();
        assertThat(timing.onAnswer(NOW, 300, true, NOW + 801)).as("stale").isTrue();
    }

    @Test
    void shouldDoubleItsTimeOutWhenAnswersAreLateAgainAndAgain() {
        knowRtt(100);
        for (int i = 0; i < 2; i++) {
            timing.onAnswer(NOW, 1, true, NOW + 10 + i);
        }
        assertThat(timing.retransmissionTimeoutNanos()).isEqualTo(600 * MILLISECOND);
        assertThat(timing.pingTimeoutNanos()).isEqualTo(1200 * MILLISECOND);
    }

    /** One acknowledgement may tell of many copies: they end one silence. */
    @Test
    void shouldNotDoubleItsTimeOutForEachCopyThatOneAcknowledgementTellsOf() {
        knowRtt(100);
        long rto = timing.retransmissionTimeoutNanos();

        for (int copy = 0; copy < 10; copy++) {
            assertThat(timing.onAnswer(NOW, rto, true, NOW + 2 * rto)).isTrue();
        }

        assertThat(timing.retransmissionTimeoutNanos()).isEqualTo(rto);
    }

    @Test
    void shouldKnowWhenItWasHeard() {
        assertThat(timing.heardAtNanos()).isEqualTo(NOW);
        timing.onHeard(NOW + 5);
        assertThat(timing.heardAtNanos()).isEqualTo(NOW + 5);
    }

    // ---- overdue

    @Test
    void shouldTakeACopyForOverdueWhenItsAnswerShouldHaveCome() {
        assertThat(timing.overdueAtNanos(Deadline.NONE, NOW)).isEqualTo(NOW + timing.retransmissionTimeoutNanos());
        knowRtt(100);
        long variance = 4 * 50 * MILLISECOND + GRACE;

        assertThat(timing.overdueAtNanos(NOW, NOW)).isEqualTo(NOW + 100 * MILLISECOND + variance);
        long arrives = NOW + 400 * MILLISECOND;
        assertThat(timing.overdueAtNanos(arrives, NOW)).isEqualTo(arrives + 50 * MILLISECOND + variance);
    }

    // ---- to be asked again

    @Test
    void shouldBeAskedAgainWhenItWasFarBetterOnce() {
        for (int i = 0; i < 3; i++) {
            timing.rtt().onSample(100 * MILLISECOND, NOW);
        }
        assertThat(timing.refreshAtNanos(pings)).isEqualTo(Deadline.NONE);
        for (int i = 0; i < 20; i++) {
            timing.rtt().onSample(300 * MILLISECOND, NOW + 9);
        }
        long smoothed = timing.rtt().smoothedNanos();
        assertThat(smoothed).isGreaterThan(250 * MILLISECOND);

        assertThat(timing.refreshAtNanos(pings)).isEqualTo(NOW + 9 + 2 * smoothed);
        pings.request();
        assertThat(timing.refreshAtNanos(pings)).as("it is asked").isEqualTo(Deadline.NONE);
        pings.take(0, NOW + 50);
        assertThat(timing.refreshAtNanos(pings)).as("it is being asked").isEqualTo(Deadline.NONE);
        pings.onPong();
        assertThat(timing.refreshAtNanos(pings)).isEqualTo(NOW + 50 + 2 * smoothed);
    }

    @Test
    void shouldNotBeAskedAgainWithinHalfASecond() {
        knowRtt(10);
        for (int i = 0; i < 20; i++) {
            timing.rtt().onSample(30 * MILLISECOND, NOW);
        }

        assertThat(timing.refreshAtNanos(pings)).isEqualTo(NOW + 500 * MILLISECOND);
    }

    /** It would measure itself. */
    @Test
    void shouldHardlyBeAskedAgainByALateThread() {
        knowRtt(10);
        for (int i = 0; i < 20; i++) {
            timing.rtt().onSample(30 * MILLISECOND, NOW);
        }
        lateness.onLook(50 * MILLISECOND, NOW);

        assertThat(timing.refreshAtNanos(pings)).isEqualTo(NOW + 1_600 * MILLISECOND);
    }
}
