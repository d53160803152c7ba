package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.RepetitionCause;
import org.junit.jupiter.api.Test;

/** Whatever is sent again is counted, with the reason for it. */
class RepetitionCauseTest {

    @Test
    void shouldTellWhatWasRepeatedSinceASubflowFailed() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            fixture.subflow(50);
            fixture.sendAndTransmit(1);
            fixture.sendAndTransmit(1);

            fixture.session.onSubflowFailed(first, null, fixture.nowNanos());
            fixture.transmit();

            assertThat(fixture.repetitions).containsExactly(RepetitionCause.FAILURE, RepetitionCause.FAILURE);
        }
    }

    @Test
    void shouldTellWhatWasRepeatedSinceASubflowWentStale() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            fixture.subflow(50);
            fixture.sendAndTransmit(1);
            fixture.passToDeadline();
            fixture.transmit();
            // Nothing is repeated again for its failure: another carries it.
            fixture.session.onSubflowFailed(first, null, fixture.nowNanos());
            fixture.transmit();

            assertThat(fixture.repetitions).containsExactly(RepetitionCause.STALENESS);
        }
    }

    /** The first reason stays, if the frame could not leave for it. */
    @Test
    void shouldTellTheFirstReasonOfAFrameThatWaits() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            Subflow second = fixture.subflow(50);
            fixture.sendAndTransmit(1);
            fixture.session.onWritabilityChanged(second, false);
            fixture.passToDeadline();
            fixture.transmit();
            fixture.session.onSubflowFailed(first, null, fixture.nowNanos());
            fixture.session.onWritabilityChanged(second, true);
            fixture.transmit();

            assertThat(fixture.repetitions).containsExactly(RepetitionCause.STALENESS);
        }
    }

    @Test
    void shouldTellWhatTheReceiverDropped() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.sendAndTransmit(1);
            fixture.sendAndTransmit(1);
            fixture.receiveAck(subflow, 11);
            fixture.transmit();

            assertThat(fixture.repetitions).containsExactly(RepetitionCause.DROPPED);
            // Once more, for another reason.
            fixture.subflow(50);
            fixture.passToDeadline();
            fixture.transmit();
            assertThat(fixture.repetitions).containsExactly(RepetitionCause.DROPPED, RepetitionCause.STALENESS);
        }
    }

    @Test
    void shouldTellWhatWasTriedWhenNothingDelivered() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.subflow(10);
            fixture.sendAndTransmit(1);
            fixture.passToDeadline();
            fixture.transmit();
            fixture.passToDeadline();
            fixture.transmit();

            assertThat(fixture.repetitions).containsExactly(RepetitionCause.LAST_RESORT);
        }
    }

    @Test
    void shouldTellTheCopiesThatTryAPath() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            fixture.first(50);
            Subflow distrusted = fixture.join(5);
            fixture.session.distrust(distrusted, 32 << 10);
            fixture.session.setBackup(distrusted, false);
            fixture.transmit();
            fixture.sendAndTransmit(10_000);

            assertThat(fixture.repetitions).containsExactly(RepetitionCause.TRIAL);
        }
    }
}
