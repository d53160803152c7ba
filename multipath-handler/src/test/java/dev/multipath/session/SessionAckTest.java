package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/PROTOCOL.md} 4.3. */
class SessionAckTest {

    private static final String GRANT = ", grant " + ExtendedFixture.WINDOW_BYTES;

    // ---- as receiver

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

    // ---- as sender

    @Test
    void shouldTakeAllBelowForAcknowledged() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            for (int i = 0; i < 5; i++) {
                fixture.sendAndTransmit(100);
            }
            fixture.receiveAck(subflow, 13, 3);

            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(200);
            assertThat(subflow.inFlightBytes()).isEqualTo(200);
        }
    }

    @Test
    void shouldRepeatOnlyWhatIsInNoRange() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(50);
            for (int i = 0; i < 6; i++) {
                fixture.sendAndTransmit(100 + i);
            }
            fixture.receiveAck(second, 11, 0, 12, 14);
            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(101 + 104 + 105);

            fixture.fail(first);

            assertThat(fixture.transmit())
                    .contains("1: frame 11 of 101", "1: frame 14 of 104", "1: frame 15 of 105")
                    .filteredOn(words -> words.contains("frame"))
                    .hasSize(3);
        }
    }

    @Requirement("ACK-2")
    @Test
    void shouldSampleTheRoundTripLessTheDelayFromTheNewestFrame() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(100);
            fixture.sendAndTransmit(1);
            fixture.passMillis(100);
            fixture.sendAndTransmit(1);
            fixture.passMillis(50);
            fixture.receive(subflow, new CumulativeAckFrame(12, 0, 2, 30_000));

            assertThat(subflow.smoothedRttNanos()).isEqualTo((100 - (100 - 20) / 8) * ExtendedFixture.MILLISECOND);
        }
    }

    @Requirement("ACK-2")
    @Test
    void shouldNotSampleAFrameThatWasSentTwice() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            fixture.sendAndTransmit(1);
            Subflow second = fixture.join(100);
            fixture.fail(first);
            fixture.transmit();
            fixture.passMillis(300);
            long before = second.smoothedRttNanos();
            fixture.receiveAck(second, 11, 1);

            assertThat(second.smoothedRttNanos()).isEqualTo(before);
            assertThat(second.inFlightBytes()).isZero();
        }
    }

    @Requirement("ACK-2")
    @ParameterizedTest
    @ValueSource(longs = {100_000, 100_001, 1L << 61, (1L << 62) - 1, 9_223_372_036_854_777L})
    void shouldNotBelieveADelayThatExceedsTheRoundTrip(long ackDelayMicros) {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            long before = subflow.smoothedRttNanos();
            fixture.sendAndTransmit(1);
            fixture.passMillis(100);
            fixture.receive(subflow, new CumulativeAckFrame(11, 0, 1, ackDelayMicros));

            assertThat(subflow.smoothedRttNanos()).isEqualTo(before);
            assertThat(fixture.session.unacknowledgedBytes()).isZero();
        }
    }

    @Test
    void shouldNotTakeWhatCameOnAnotherSubflowForARoundTripOfThisOne() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(50);
            fixture.sendAndTransmit(1);
            long firstRtt = first.smoothedRttNanos();
            long secondRtt = second.smoothedRttNanos();
            fixture.passMillis(400);
            fixture.receiveAck(second, 11, 0);

            assertThat(fixture.session.unacknowledgedBytes()).isZero();
            assertThat(first.inFlightBytes()).isEqualTo(1);
            assertThat(first.smoothedRttNanos()).isEqualTo(firstRtt);
            assertThat(second.smoothedRttNanos()).isEqualTo(secondRtt);
        }
    }

    @Test
    void shouldRecoverAStaleSubflowByItsCountOnly() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(50);
            fixture.sendAndTransmit(1);
            fixture.run(210);
            assertThat(fixture.events()).containsExactly("0: STALE");
            fixture.receiveAck(second, 11, 1);
            assertThat(fixture.events()).isEmpty();

            fixture.receiveAck(first, 11, 1);

            assertThat(fixture.events()).containsExactly("0: RECOVERED");
        }
    }

    @Requirement("ACK-5")
    @Test
    void shouldTakeOldAcknowledgementsForNoHarm() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            for (int i = 0; i < 5; i++) {
                fixture.sendAndTransmit(100);
            }
            fixture.receiveAck(subflow, 14, 4);
            fixture.receiveAck(subflow, 10, 2, 11, 12);
            fixture.receiveAck(subflow, 12, 0);

            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(100);
            assertThat(subflow.inFlightBytes()).isEqualTo(100);
        }
    }

    @Requirement("ERR-10")
    @Test
    void shouldRefuseAcknowledgementsOfWhatWasNeverSent() {
        List<CumulativeAckFrame> lies = List.of(
                new CumulativeAckFrame(12, 0, 1, 0),
                new CumulativeAckFrame(10, 0, new long[] {11, 12}, 0, 0),
                new CumulativeAckFrame(10, 0, new long[] {11, 1L << 60}, 0, 0),
                new CumulativeAckFrame(11, 0, 2, 0),
                new CumulativeAckFrame(1L << 60, 1L << 60, 1L << 60, 0));
        for (CumulativeAckFrame lie : lies) {
            try (ExtendedFixture fixture = ExtendedFixture.server()) {
                Subflow subflow = fixture.first(10);
                fixture.sendAndTransmit(1);

                fixture.refuse(subflow, lie, UnsentFrameAckedException.class);

                assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(1);
            }
        }
    }

    @Requirement("ERR-10")
    @Test
    void shouldRefuseAnAcknowledgementOfFramesOnASubflowThatCarriedNone() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            Subflow second = fixture.join(50);
            fixture.sendAndTransmit(1);

            fixture.refuse(second, new CumulativeAckFrame(11, 0, 1, 0), UnsentFrameAckedException.class);
        }
    }

    /** After half a million frames a range from the first to the last would be walked for each of many such acks. */
    @Test
    void shouldNotWalkRangesThatAreLongKnown() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10, fixture.helloOfPeer(1L << 40));
            long next = 10;
            while (next < 500_000) {
                for (int i = 0; i < 1_000; i++) {
                    fixture.sendAndTransmit(1);
                }
                next += 1_000;
                fixture.receiveAck(subflow, next, next - 10);
            }
            long frames = next - 10;
            long[] wide = {11, next};
            CumulativeAckFrame old = new CumulativeAckFrame(10, 0, wide, frames, 0);

            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                for (int i = 0; i < 100_000; i++) {
                    fixture.receive(subflow, old);
                }
            });
        }
    }

    @Test
    void shouldRepeatWhatOnlyAStaleSubflowCarriedOnceAndNotWhatAnotherAcknowledged() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(50);
            fixture.sendAndTransmit(1);
            fixture.sendAndTransmit(2);
            fixture.receiveAck(second, 10, 0, 11, 12);
            List<String> sent = new ArrayList<>(fixture.run(250));

            assertThat(first.state()).isEqualTo(SubflowState.STALE);
            assertThat(sent).filteredOn(words -> words.contains("frame")).containsExactly("1: frame 10 of 1");
        }
    }
}
