package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/PROTOCOL.md} 4.3, as sender: what the peer's acknowledgements mean. */
class SessionAckedTest {

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

    /** Of more gaps than an acknowledgement has ranges for, the count of the subflow tells. */
    @Test
    void shouldTakeForArrivedWhatWasCountedThoughNoRangeNamesIt() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(50);
            fixture.sendAndTransmit(1);
            fixture.session.onWritabilityChanged(first, false);
            fixture.sendAndTransmit(20);
            fixture.sendAndTransmit(300);
            fixture.receiveAck(second, 10, 1);
            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(301);
            fixture.receiveAck(second, 10, 2);
            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(1);
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

    @Test
    void shouldAwaitAnswersWhereSomethingIsOnItsWayThatIsAcknowledgedNowhere() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow far = fixture.first(300);
            Subflow near = fixture.join(10);
            assertThat(fixture.session.awaitsAnswers(far)).isFalse();
            fixture.session.onWritabilityChanged(near, false);
            fixture.sendAndTransmit(100);
            assertThat(fixture.session.awaitsAnswers(far)).isTrue();
            assertThat(fixture.session.awaitsAnswers(near)).isFalse();

            fixture.receiveAck(near, 11, 0);

            assertThat(fixture.session.awaitsAnswers(far)).isFalse();
        }
    }
}
