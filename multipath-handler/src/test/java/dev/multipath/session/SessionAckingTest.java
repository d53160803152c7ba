package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code docs/PROTOCOL.md} 4.3, as receiver: when and what is acknowledged. */
class SessionAckingTest {

    private static final String GRANT = ", grant " + ExtendedFixture.WINDOW_BYTES;

    @Requirement("EXT-1")
    @Test
    void shouldAcknowledgeAllThatHasComeWithinTwoMilliseconds() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 10, 1);
            fixture.receiveData(subflow, 11, 1);
            assertThat(fixture.transmit()).isEmpty();

            assertThat(fixture.passToDeadline()).isEqualTo(2);
            assertThat(fixture.transmit()).containsExactly("0: ack 12, here 2" + GRANT);
            assertThat(fixture.sent(CumulativeAckFrame.class).ackDelayMicros()).isEqualTo(2_000);
            assertThat(fixture.run(1_000)).isEmpty();
        }
    }

    @Requirement("ACK-1")
    @Test
    void shouldCountTheTwoMillisecondsFromTheFirstFrameThatWaits() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 10, 1);
            fixture.passMillis(1);
            fixture.receiveData(subflow, 11, 1);

            assertThat(fixture.passToDeadline()).isEqualTo(1);
            fixture.transmit();
            assertThat(fixture.sent(CumulativeAckFrame.class).ackDelayMicros()).isEqualTo(1_000);
        }
    }

    @Test
    void shouldAcknowledgeAtOnceWhenEightKibibytesHaveCome() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 10, 8191);
            assertThat(fixture.transmit()).isEmpty();

            fixture.receiveData(subflow, 11, 1);

            assertThat(fixture.transmit()).containsExactly("0: ack 12, here 2" + GRANT);
            fixture.receiveData(subflow, 12, 8191);
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    @Test
    void shouldAcknowledgeInFrontOfItsOwnData() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 10, 1);
            fixture.receiveData(subflow, 11, 1);
            fixture.send(100);
            fixture.send(100);

            assertThat(fixture.transmit())
                    .startsWith("0: ack 12, here 2" + GRANT)
                    .hasSize(2);
            assertThat(fixture.sendAndTransmit(1)).as("nothing new to tell").hasSize(1);
            assertThat(fixture.passToDeadline())
                    .as("no timer but that of the data themselves")
                    .isGreaterThanOrEqualTo(200);
        }
    }

    @Test
    void shouldTellOfAnothersFramesInFrontOfItsOwnData() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            Subflow second = fixture.join(20);
            fixture.receiveData(second, 10, 1);
            fixture.passMillis(1);

            assertThat(fixture.sendAndTransmit(1)).containsExactly("0: ack 11, here 0" + GRANT, "0: frame 10 of 1");
            assertThat(fixture.sendAndTransmit(1)).as("the other has told").containsExactly("0: frame 11 of 1");
            assertThat(fixture.passToDeadline()).isEqualTo(24);
            assertThat(fixture.transmit()).containsExactly("1: ack 11, here 1" + GRANT);
        }
    }

    @Test
    void shouldNotPutOffTheAcknowledgementThatAnotherHasToldAgainAndAgain() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            Subflow second = fixture.join(20);
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                fixture.receiveData(second, 10 + i, 1);
                sent.addAll(fixture.sendAndTransmit(1));
                sent.addAll(fixture.run(5));
            }

            assertThat(sent).filteredOn(words -> words.startsWith("1:")).containsExactly("1: ack 15, here 5" + GRANT);
        }
    }

    @Test
    void shouldNotPutOffWhatIsDueBecauseAnotherHasTold() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            Subflow second = fixture.join(20);
            fixture.session.onWritabilityChanged(second, false);
            fixture.receiveData(second, 10, 8192);
            assertThat(fixture.sendAndTransmit(1)).containsExactly("0: ack 11, here 0" + GRANT, "0: frame 10 of 1");

            fixture.session.onWritabilityChanged(second, true);

            assertThat(fixture.transmit()).containsExactly("1: ack 11, here 1" + GRANT);
        }
    }

    @Requirement("END-2")
    @Test
    void shouldAcknowledgeADuplicateAndAFinAtOnce() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 10, 1);
            fixture.receiveData(subflow, 10, 1);
            assertThat(fixture.transmit()).containsExactly("0: ack 11, here 2" + GRANT);

            fixture.receive(subflow, new FinFrame(11));
            assertThat(fixture.transmit()).containsExactly("0: ack 12, here 3" + GRANT);

            fixture.receive(subflow, new FinFrame(11));
            assertThat(fixture.transmit()).containsExactly("0: ack 12, here 4" + GRANT);
        }
    }

    @Requirement("ACK-3")
    @Test
    void shouldAcknowledgeAheadOfAPongWhetherAnythingCameOrNot() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receive(subflow, ControlFrame.PING);
            assertThat(fixture.transmit()).containsExactly("0: ack 10, here 0" + GRANT, "0: pong");

            fixture.receiveData(subflow, 10, 1);
            fixture.receive(subflow, ControlFrame.PING);
            assertThat(fixture.transmit()).containsExactly("0: ack 11, here 1" + GRANT, "0: pong");
            assertThat(fixture.run(100)).isEmpty();
        }
    }

    @Test
    void shouldSendThePongBehindOneAcknowledgementWhenTheChannelTakesOneFrameAtATime() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receive(subflow, ControlFrame.PING);

            assertThat(fixture.transmit(1)).containsExactly("0: ack 10, here 0" + GRANT);
            fixture.session.onWritabilityChanged(subflow, true);
            assertThat(fixture.transmit(1)).containsExactly("0: pong");
        }
    }

    @Requirement("ACK-1")
    @Test
    void shouldTellWhatHasComeBeyondTheMissing() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            for (long number : new long[] {11, 12, 14, 20}) {
                fixture.receiveData(subflow, number, 1);
            }
            assertThat(fixture.run(2)).containsExactly("0: ack 10 [11, 13, 14, 15, 20, 21], here 4" + GRANT);

            fixture.receive(subflow, new FinFrame(21));
            assertThat(fixture.transmit()).containsExactly("0: ack 10 [11, 13, 14, 15, 20, 22], here 5" + GRANT);

            fixture.receiveData(subflow, 10, 1);
            fixture.receiveData(subflow, 13, 1);
            assertThat(fixture.run(2)).containsExactly("0: ack 15 [20, 22], here 7" + GRANT);
        }
    }

    @Requirement("ACK-1")
    @Test
    void shouldTellOfTheLowestSixtyFourRuns() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            for (int i = 0; i < 100; i++) {
                fixture.receiveData(subflow, 11 + 2 * i, 1);
            }
            fixture.run(2);

            long[] ranges = fixture.sent(CumulativeAckFrame.class).ranges();
            assertThat(ranges).hasSize(2 * CumulativeAckFrame.MAX_RANGES);
            assertThat(ranges[0]).isEqualTo(11);
            assertThat(ranges[ranges.length - 1]).isEqualTo(11 + 2 * 63 + 1);
        }
    }

    @Requirement("ACK-1")
    @Test
    void shouldCountOnEverySubflowWhatCameOnIt() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(10);
            fixture.receiveData(first, 10, 1);
            fixture.receiveData(second, 11, 1);
            fixture.receiveData(second, 10, 1);

            assertThat(fixture.run(2)).containsExactly("1: ack 12, here 2" + GRANT, "0: ack 12, here 1" + GRANT);
        }
    }

    @Requirement({"ACK-4", "PATH-11"})
    @Test
    void shouldAcknowledgeOnTheOthersWhenASubflowFailed() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            fixture.join(10);
            fixture.join(10);
            fixture.receiveData(first, 10, 8192);
            assertThat(fixture.transmit()).containsExactly("0: ack 11, here 1" + GRANT);

            fixture.fail(first);

            assertThat(fixture.transmit())
                    .containsExactlyInAnyOrder(
                            "1: path 0 closed 1", "1: ack 11, here 0" + GRANT, "2: ack 11, here 0" + GRANT);
        }
    }

    @Requirement("ACK-4")
    @Test
    void shouldAcknowledgeOnTheOthersWhenASubflowHasGoneStale() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            fixture.join(20);
            fixture.sendAndTransmit(1);
            fixture.receiveData(first, 10, 8192);
            fixture.transmit();

            List<String> sent = fixture.run(250);

            assertThat(first.state()).isEqualTo(SubflowState.STALE);
            assertThat(sent).contains("1: ack 11, here 0" + GRANT, "1: frame 10 of 1");
        }
    }

    @Test
    void shouldAcknowledgeOnASubflowOnceItCanBeWrittenTo() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.session.onWritabilityChanged(subflow, false);
            fixture.receiveData(subflow, 10, 8192);
            assertThat(fixture.transmit()).isEmpty();
            assertThat(fixture.session.nextDeadlineNanos())
                    .as("no use in waking up before")
                    .isGreaterThan(fixture.nowNanos());

            fixture.session.onWritabilityChanged(subflow, true);

            assertThat(fixture.transmit()).containsExactly("0: ack 11, here 1" + GRANT);
        }
    }

    @Requirement("ERR-12")
    @Test
    void shouldRefuseAcknowledgementsOfTheBaseProfile() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.sendAndTransmit(1);

            fixture.refuse(subflow, new AckFrame(10), UnexpectedFrameException.class);

            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(1);
        }
    }
}
