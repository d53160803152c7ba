package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;

class SessionClosingTest {

    @Test
    void shouldBeDrainedAtOnceWhenNothingIsUnacknowledged() {
        try (SessionFixture fixture = new SessionFixture()) {
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isFalse();

            fixture.session.close(fixture.nowNanos());

            assertThat(fixture.session.state()).isEqualTo(SessionState.DRAINING);
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();
        }
    }

    @Test
    void shouldSendWhatWasTakenAndBeDrainedWhenAllIsAcknowledged() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.sendAndTransmit(100);
            fixture.send(200);
            fixture.session.close(fixture.nowNanos());

            assertThat(fixture.transmit()).containsExactly("0: frame 11 of 200");
            fixture.receiveAck(subflow, 11);
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isFalse();
            fixture.receiveAck(subflow, 10);
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();
        }
    }

    @Test
    void shouldRepeatOnAnotherSubflowWhenOneFailsWhileDraining() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            fixture.subflow(20);
            fixture.sendAndTransmit(100);
            fixture.session.close(fixture.nowNanos());

            fixture.session.onSubflowFailed(first, null, fixture.nowNanos());

            assertThat(fixture.transmit()).containsExactly("1: frame 10 of 100");
        }
    }

    @Test
    void shouldWaitNoLongerThanTheLingerTime() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.sendAndTransmit(100);
            fixture.session.close(fixture.nowNanos());
            long deadlineNanos =
                    fixture.nowNanos() + SessionFixture.CONFIG.linger().toNanos();
            while (fixture.nowNanos() < deadlineNanos) {
                assertThat(fixture.session.isDrained(fixture.nowNanos())).isFalse();
                fixture.passToDeadline();
                fixture.transmit();
            }

            assertThat(fixture.nowNanos()).isEqualTo(deadlineNanos);
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();
            assertThat(fixture.session.unacknowledgedBytes()).isEqualTo(100);
            assertThat(subflow.inFlightBytes()).isPositive();
        }
    }

    @Test
    void shouldNotLingerLongerWhenClosedAgain() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.send(1);
            fixture.session.close(fixture.nowNanos());
            long deadlineNanos = fixture.session.nextDeadlineNanos();
            fixture.passMillis(500);
            fixture.session.close(fixture.nowNanos());

            assertThat(fixture.session.nextDeadlineNanos()).isEqualTo(deadlineNanos);
        }
    }

    /** Nobody will read it, but the peer must be able to end its own stream. */
    @Test
    void shouldDiscardAndAcknowledgeWhatArrivesWhileDraining() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.send(1);
            ByteBuf before = fixture.receiveData(subflow, 10, 1);
            fixture.session.close(fixture.nowNanos());
            ByteBuf after = fixture.receiveData(subflow, 11, 1);

            assertThat(fixture.transmit()).contains("0: ack 10", "0: ack 11");
            assertThat(fixture.session.pollReceived()).isNull();
            assertThat(before.refCnt()).isZero();
            assertThat(after.refCnt()).isZero();
        }
    }

    @Test
    void shouldReleaseEverythingWhenReleased() {
        SessionFixture fixture = new SessionFixture();
        Subflow subflow = fixture.subflow(10);
        ByteBuf sent = SessionFixture.buffer(16384);
        ByteBuf queued = SessionFixture.buffer(1 << 20);
        fixture.session.send(sent);
        fixture.session.send(queued);
        fixture.transmit();
        ByteBuf received = fixture.receiveData(subflow, 10, 1);

        fixture.session.release();

        assertThat(sent.refCnt()).isZero();
        assertThat(queued.refCnt()).isZero();
        assertThat(received.refCnt()).isZero();
        assertThat(fixture.session.state()).isEqualTo(SessionState.CLOSED);
        assertThat(fixture.session.subflows()).isEmpty();
        assertThat(subflow.state()).isEqualTo(SubflowState.CLOSED);
        fixture.receive(subflow, ControlFrame.PING);
        assertThat(fixture.transmit()).isEmpty();
    }

    @Test
    void shouldStayClosedWhenReleasedTwice() {
        SessionFixture fixture = new SessionFixture();
        fixture.send(10);
        fixture.session.release();
        fixture.session.release();
        fixture.session.close(fixture.nowNanos());

        assertThat(fixture.session.state()).isEqualTo(SessionState.CLOSED);
    }
}
