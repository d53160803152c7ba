package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionReceivingTest {

    private static final int LIMIT_BYTES = DataFrame.MAX_PAYLOAD_BYTES;
    private static final SessionConfig SMALL = SessionFixture.config(8 << 20, LIMIT_BYTES);

    @Test
    void shouldDeliverInOrderWhateverTheSubflow() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            Subflow second = fixture.subflow(10);
            fixture.receiveData(first, 12, 3);
            fixture.receiveData(second, 10, 1);
            assertThat(fixture.read()).containsExactly(1);
            assertThat(fixture.session.strandedBytes()).isEqualTo(3);
            assertThat(fixture.session.nextExpectedFrameNumber()).isEqualTo(11);

            fixture.receiveData(first, 11, 2);

            assertThat(fixture.session.hasReceived()).isTrue();
            assertThat(fixture.read()).containsExactly(2, 3);
        }
    }

    @Requirement("BASE-6")
    @Test
    void shouldAcknowledgeOnTheSameSubflow() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            Subflow second = fixture.subflow(10);
            fixture.receiveData(second, 10, 1);
            fixture.receiveData(first, 11, 1);
            fixture.receiveData(second, 12, 1);

            assertThat(fixture.transmit()).containsExactly("0: ack 11", "1: ack 10", "1: ack 12");
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    @Requirement("BASE-6")
    @Test
    void shouldAcknowledgeADuplicateAgainAndDeliverItOnce() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            Subflow second = fixture.subflow(10);
            fixture.receiveData(first, 10, 1);
            fixture.receiveData(first, 12, 1);
            fixture.transmit();

            ByteBuf read = fixture.receiveData(second, 10, 1);
            ByteBuf waiting = fixture.receiveData(second, 12, 1);

            assertThat(fixture.transmit()).containsExactly("1: ack 10", "1: ack 12");
            assertThat(fixture.read()).containsExactly(1);
            assertThat(read.refCnt()).isZero();
            assertThat(waiting.refCnt()).isZero();
        }
    }

    @Requirement({"BASE-5", "ERR-18"})
    @Test
    void shouldDropWithoutAcknowledgementWhatIsBeyondTheWindow() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);

            ByteBuf payload = fixture.receiveData(subflow, 10 + WindowLimits.MAX_FRAMES, 1);

            assertThat(payload.refCnt()).isZero();
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    @Requirement({"BASE-7", "BASE-8", "ERR-18"})
    @Test
    void shouldDropWithoutAcknowledgementWhatDoesNotFitButTakeTheMissingFrame() {
        try (SessionFixture fixture = new SessionFixture(SMALL)) {
            Subflow subflow = fixture.subflow(10);
            fixture.receiveData(subflow, 11, LIMIT_BYTES);
            fixture.receiveData(subflow, 12, 1);
            assertThat(fixture.transmit()).containsExactly("0: ack 11");
            assertThat(fixture.session.wantsInput()).isTrue();

            fixture.receiveData(subflow, 10, 1000);

            assertThat(fixture.transmit()).containsExactly("0: ack 10");
            assertThat(fixture.session.bufferedReceiveBytes()).isEqualTo(LIMIT_BYTES + 1000);
            assertThat(fixture.read()).containsExactly(1000, LIMIT_BYTES);
        }
    }

    @Test
    void shouldWantNoInputWhenTheApplicationDoesNotRead() {
        try (SessionFixture fixture = new SessionFixture(SMALL)) {
            Subflow subflow = fixture.subflow(10);
            fixture.receiveData(subflow, 10, LIMIT_BYTES);
            assertThat(fixture.session.wantsInput()).isFalse();

            fixture.read();
            assertThat(fixture.session.wantsInput()).isTrue();
        }
    }

    /** Two ends that both wait for the other to read would wait for ever. */
    @Test
    void shouldWantInputWhenItsOwnBytesAreNotAcknowledged() {
        try (SessionFixture fixture = new SessionFixture(SMALL)) {
            Subflow subflow = fixture.subflow(10);
            fixture.receiveData(subflow, 10, LIMIT_BYTES);
            fixture.send(1);
            assertThat(fixture.session.wantsInput()).isTrue();
            fixture.transmit();
            assertThat(fixture.session.wantsInput()).isTrue();

            fixture.receiveAck(subflow, 10);
            assertThat(fixture.session.wantsInput()).isFalse();
        }
    }

    @Requirement("ERR-10")
    @Test
    void shouldFailWhenAFrameIsAcknowledgedThatWasNeverSent() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            assertThatThrownBy(() -> fixture.session.onFrame(subflow, new AckFrame(10), fixture.nowNanos()))
                    .isInstanceOf(UnsentFrameAckedException.class)
                    .hasMessageContaining("10");

            fixture.sendAndTransmit(1);
            fixture.receiveAck(subflow, 10);
            assertThatThrownBy(() -> fixture.session.onFrame(subflow, new AckFrame(11), fixture.nowNanos()))
                    .isInstanceOf(UnsentFrameAckedException.class);
            assertThatThrownBy(() -> fixture.session.onFrame(subflow, new AckFrame((1L << 62) - 1), fixture.nowNanos()))
                    .isInstanceOf(UnsentFrameAckedException.class);
        }
    }

    @Test
    void shouldIgnoreAnAcknowledgementThatComesAgain() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.sendAndTransmit(100);
            fixture.sendAndTransmit(100);

            fixture.receiveAck(subflow, 10, 10, 10);

            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(100);
            assertThat(subflow.inFlightBytes()).isEqualTo(100);
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    @Test
    void shouldAnswerAPing() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.receive(subflow, ControlFrame.PING);

            assertThat(fixture.transmit()).containsExactly("0: pong");
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    /** The peer takes for dropped what it sent before the ping and has no acknowledgement for when the pong comes. */
    @Requirement("BASE-10")
    @Test
    void shouldAnswerAPingBehindTheAcknowledgementsOfWhatCameBeforeIt() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.receiveData(subflow, 10, 1);
            fixture.receive(subflow, ControlFrame.PING);

            assertThat(fixture.transmit()).containsExactly("0: ack 10", "0: pong");
        }
    }

    @Requirement("WIRE-4")
    @Test
    void shouldIgnoreTheReservedNumbers() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.sendAndTransmit(100);
            long rttNanos = subflow.smoothedRttNanos();

            for (int number = 2; number <= ControlFrame.MAX_NUMBER; number++) {
                fixture.receive(subflow, ControlFrame.of(number));
            }

            assertThat(fixture.transmit()).isEmpty();
            assertThat(fixture.events()).isEmpty();
            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(100);
            assertThat(subflow.smoothedRttNanos()).isEqualTo(rttNanos);
        }
    }

    @Requirement({"ERR-19", "LIM-4"})
    @Test
    void shouldOweFewPongsWhenPingsFloodAndTheChannelIsFull() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.session.onWritabilityChanged(subflow, false);
            for (int i = 0; i < 100_000; i++) {
                fixture.receive(subflow, ControlFrame.PING);
            }
            fixture.session.onWritabilityChanged(subflow, true);

            assertThat(fixture.transmit()).hasSizeBetween(1, 4).containsOnly("0: pong");
        }
    }

    @Requirement("LIM-5")
    @Test
    void shouldOweNoMoreThanAWindowOfAcknowledgementsWhenDuplicatesFloodAndTheChannelIsFull() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.session.onWritabilityChanged(subflow, false);
            for (int i = 0; i < 100_000; i++) {
                fixture.receiveData(subflow, 10, 1);
            }
            fixture.session.onWritabilityChanged(subflow, true);

            assertThat(fixture.transmit()).hasSize(AckQueue.MAX_ACKS);
        }
    }

    @Test
    void shouldSendAcknowledgementsBeforeDataAndStopWhenTheChannelIsFull() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.send(100);
            fixture.receive(subflow, ControlFrame.PING);
            fixture.receiveData(subflow, 10, 1);
            fixture.receiveData(subflow, 11, 1);

            assertThat(fixture.transmit(1)).containsExactly("0: ack 10");
            fixture.session.onWritabilityChanged(subflow, true);
            assertThat(fixture.transmit()).containsExactly("0: ack 11", "0: pong", "0: frame 10 of 100");
        }
    }

    @Test
    void shouldReleaseWhatArrivesOnASubflowThatFailedOrAfterTheEnd() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow failed = fixture.subflow(10);
            Subflow live = fixture.subflow(10);
            fixture.session.onSubflowFailed(failed, null, fixture.nowNanos());
            assertThat(fixture.receiveData(failed, 10, 1).refCnt()).isZero();
            assertThat(fixture.read()).isEmpty();

            ByteBuf readable = fixture.receiveData(live, 10, 1);
            ByteBuf waiting = fixture.receiveData(live, 12, 1);
            fixture.session.release();

            assertThat(List.of(readable.refCnt(), waiting.refCnt())).containsOnly(0);
            assertThat(fixture.receiveData(live, 11, 1).refCnt()).isZero();
        }
    }
}
