package dev.multipath.session;

import static dev.multipath.session.SessionFixture.buffer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.ControlFrame;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionSendingTest {

    @Requirement("BASE-3")
    @Test
    void shouldNumberFramesFromTen() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.subflow(10);

            assertThat(fixture.sendAndTransmit(3)).containsExactly("0: frame 10 of 3");
            assertThat(fixture.sendAndTransmit(4)).containsExactly("0: frame 11 of 4");
        }
    }

    @Test
    void shouldNumberByteStreamsOfBothDirectionsApart() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.receiveData(subflow, 10, 1);

            assertThat(fixture.sendAndTransmit(3)).containsExactly("0: ack 10", "0: frame 10 of 3");
        }
    }

    @Test
    void shouldSplitALargeWrite() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.subflow(10);

            // The first fits what a TCP sends in its first round trip; a rest below half of that goes along with the
            // last.
            assertThat(fixture.sendAndTransmit(20_000)).containsExactly("0: frame 10 of 8192", "0: frame 11 of 11808");
            assertThat(fixture.sendAndTransmit(12_500)).containsExactly("0: frame 12 of 8192", "0: frame 13 of 4308");
        }
    }

    @Test
    void shouldGatherSmallWritesThatAreSentTogether() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.subflow(10);
            fixture.send(100);
            fixture.send(0);
            fixture.send(200);

            assertThat(fixture.transmit()).containsExactly("0: frame 10 of 300");
        }
    }

    @Requirement("WIRE-3")
    @Test
    void shouldNeverSendAnEmptyFrame() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.subflow(10);

            assertThat(fixture.sendAndTransmit(0)).isEmpty();
        }
    }

    @Test
    void shouldNotBindFramesBeforeASubflowCanTakeThem() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.send(100);
            assertThat(fixture.transmit()).isEmpty();

            Subflow subflow = fixture.subflow(10);
            fixture.receiveAck(subflow, 10);
            fixture.session.onWritabilityChanged(subflow, false);
            assertThat(fixture.sendAndTransmit(100)).isEmpty();

            fixture.session.onWritabilityChanged(subflow, true);
            assertThat(fixture.transmit()).containsExactly("0: frame 11 of 100");
        }
    }

    @Test
    void shouldStopAtTheFrameThatFillsTheChannel() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.subflow(10);
            fixture.send(40_000);

            assertThat(fixture.transmit(1)).containsExactly("0: frame 10 of 8192");
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    @Test
    void shouldKeepNoMoreInFlightThanTheLimit() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);

            assertThat(fixture.sendAndTransmit(1 << 20)).hasSize(8);
            assertThat(subflow.inFlightBytes()).isEqualTo(subflow.inFlightLimitBytes());

            fixture.passMillis(10);
            fixture.receiveAck(subflow, 10, 11);
            assertThat(subflow.inFlightBytes()).isEqualTo(6 * 8192);
            assertThat(fixture.transmit()).isNotEmpty();
            assertThat(subflow.inFlightBytes()).isGreaterThanOrEqualTo(subflow.inFlightLimitBytes());
        }
    }

    @Test
    void shouldLetMoreIntoFlightAndCutLargerFramesWhenTheSubflowIsFast() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.send(8 << 20);
            long next = 10;
            List<String> sent = fixture.transmit();
            while (subflow.inFlightLimitBytes() <= 1 << 20 && !sent.isEmpty()) {
                fixture.passMillis(10);
                for (int i = 0; i < sent.size(); i++) {
                    fixture.receiveAck(subflow, next++);
                }
                sent = fixture.transmit();
            }

            // All that was in flight arrived in one round trip, so twice as much may be, again and again.
            assertThat(sent).first().isEqualTo("0: frame " + next + " of 65536");
        }
    }

    @Test
    void shouldCutFramesOfFourKibibytesWhenTheSubflowIsSlow() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.send(1 << 20);
            fixture.transmit();
            for (long frame = 10; frame < 18; frame++) {
                fixture.passMillis(75);
                fixture.receiveAck(subflow, frame);
            }

            assertThat(subflow.inFlightLimitBytes()).isEqualTo(16 << 10);
            assertThat(fixture.transmit())
                    .containsExactly(
                            "0: frame 18 of 4096", "0: frame 19 of 4096", "0: frame 20 of 4096", "0: frame 21 of 4096");
        }
    }

    @Requirement({"BASE-4", "LIM-2"})
    @Test
    void shouldNeverBeMoreThan4096FramesAheadOfTheLowestUnacknowledged() {
        try (SessionFixture fixture = new SessionFixture(new RoundRobinScheduler())) {
            Subflow first = fixture.subflow(10);
            Subflow second = fixture.subflow(10);
            for (int i = 0; i < WindowLimits.MAX_FRAMES; i++) {
                assertThat(fixture.sendAndTransmit(1)).hasSize(1);
            }
            assertThat(fixture.sendAndTransmit(1)).isEmpty();

            for (int frame = 11; frame < 10 + WindowLimits.MAX_FRAMES; frame += 2) {
                fixture.receiveAck(second, frame);
            }
            assertThat(fixture.transmit()).isEmpty();

            fixture.receiveAck(first, 10);
            assertThat(fixture.transmit()).containsExactly("0: frame 4106 of 1");
        }
    }

    @Test
    void shouldHaveNoCapacityWhenTheSendBufferIsFull() {
        SessionConfig config = SessionFixture.config(1000, 1 << 20);
        try (SessionFixture fixture = new SessionFixture(config)) {
            Subflow subflow = fixture.subflow(10);
            fixture.sendAndTransmit(400);
            fixture.sendAndTransmit(500);
            assertThat(fixture.session.sendCapacityBytes()).isEqualTo(100);
            fixture.send(300);
            assertThat(fixture.session.sendCapacityBytes()).isEqualTo(-200);

            // The peer holds frame 11 until frame 10 comes, so it counts as well.
            fixture.receiveAck(subflow, 11);
            assertThat(fixture.session.sendCapacityBytes()).isEqualTo(-200);
            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(700);
            fixture.receiveAck(subflow, 10);
            assertThat(fixture.session.sendCapacityBytes()).isEqualTo(700);
        }
    }

    @Test
    void shouldPreferTheFasterSubflowAndOverflowToTheSlower() {
        try (SessionFixture fixture = new SessionFixture(new LowestRttScheduler())) {
            fixture.subflow(80);
            fixture.subflow(10);

            List<String> sent = fixture.sendAndTransmit(12 * 8192);

            assertThat(sent.subList(0, 8)).allMatch(frame -> frame.startsWith("1: "));
            assertThat(sent.subList(8, 12)).allMatch(frame -> frame.startsWith("0: "));
        }
    }

    @Requirement("BASE-3")
    @Test
    void shouldTakeTurnsWhenTheSchedulerIsRoundRobin() {
        try (SessionFixture fixture = new SessionFixture(new RoundRobinScheduler())) {
            fixture.subflow(80);
            fixture.subflow(10);

            assertThat(fixture.sendAndTransmit(1)).containsExactly("0: frame 10 of 1");
            assertThat(fixture.sendAndTransmit(1)).containsExactly("1: frame 11 of 1");
            assertThat(fixture.sendAndTransmit(1)).containsExactly("0: frame 12 of 1");
        }
    }

    @Test
    void shouldRefuseAndReleaseBytesWhenTheSessionIsClosing() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.session.close(fixture.nowNanos());
            ByteBuf bytes = buffer(1);

            assertThatThrownBy(() -> fixture.session.send(bytes)).isInstanceOf(IllegalStateException.class);
            assertThat(bytes.refCnt()).isZero();
        }
    }

    @Test
    void shouldBeginWithAPongOnlyWhenItIsTheClient() {
        try (SessionFixture client =
                        new SessionFixture(SessionFixture.CONFIG, SessionRole.CLIENT, new LowestRttScheduler());
                SessionFixture server = new SessionFixture()) {
            client.freshSubflow();
            server.freshSubflow();

            assertThat(client.transmit()).containsExactly("0: pong", "0: ping");
            assertThat(server.transmit()).containsExactly("0: ping");
        }
    }

    @Test
    void shouldMeasureTheRoundTripByPingAndPong() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.freshSubflow();
            fixture.transmit();
            fixture.passMillis(70);
            fixture.receive(subflow, ControlFrame.PONG);

            assertThat(subflow.smoothedRttNanos()).isEqualTo(70 * SessionFixture.MILLISECOND);
        }
    }
}
