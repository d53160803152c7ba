package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The stream's first bytes, which go along with the request for the session: {@code docs/PROTOCOL.md} 3.1. */
class SessionEarlyDataTest {

    @Requirement("EARLY-3")
    @Test
    void shouldTakeDataBeforeTheClientsHello() throws Exception {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);
            server.session.onDataBegun(subflow, server.nowNanos());
            server.receiveData(subflow, 10, 100);

            ByteBuf received = server.session.pollReceived();
            assertThat(received.readableBytes()).isEqualTo(100);
            received.release();
            server.send(50);
            assertThat(server.transmit()).contains("0: frame 10 of 50");

            server.receive(subflow, server.helloOfPeer(1 << 20));
            assertThat(server.session.state()).isEqualTo(SessionState.OPEN);
        }
    }

    /** They are no proof of anything: the HELLO has its time, and else the subflow goes. */
    @Requirement("EARLY-3")
    @Test
    void shouldNotLetInForGoodWhoSendsNothingButData() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);
            server.receiveData(subflow, 10, 100);
            server.run(SessionConfig.DEFAULT.extended().joinTimeout().toMillis() + 1);
            assertThat(subflow.state()).isEqualTo(SubflowState.CLOSED);
        }
    }

    @Requirement("EARLY-3")
    @Test
    void shouldTakeNothingElseBeforeTheClientsHello() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);
            assertThatThrownBy(() -> server.session.onFrame(subflow, new FinFrame(10), server.nowNanos()))
                    .isInstanceOf(UnexpectedFrameException.class);
        }
    }

    @Requirement("EARLY-3")
    @Test
    void shouldNotTakeMoreThanTheInitialCredit() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);
            DataFrame tooMuch = VirtualSession.data(10, ExtendedFixture.WINDOW_BYTES + 1);
            assertThatThrownBy(() -> server.session.onFrame(subflow, tooMuch, server.nowNanos()))
                    .isInstanceOf(FlowControlException.class);
            assertThat(tooMuch.refCnt()).isZero();
        }
    }

    @Test
    void shouldCountWhatWentAlongAsSent() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.freshSubflow();
            client.session.onSentEarly(subflow, SessionFixture.buffer(300), client.nowNanos() - 40_000_000);
            client.receive(subflow, ControlFrame.EXTENDED);
            client.receive(subflow, client.helloOfPeer(1 << 20));
            client.send(100);

            assertThat(client.transmit()).endsWith("0: frame 11 of 100").noneMatch(word -> word.contains("frame 10"));
            assertThat(subflow.inFlightBytes()).isEqualTo(400);
            assertThatThrownBy(() -> client.session.onSentEarly(subflow, SessionFixture.buffer(1), client.nowNanos()))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    /** Nothing else may have told yet what the peer speaks. */
    @Test
    void shouldTakeTheirAcknowledgementForTheFirstThingThatThePeerSays() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.freshSubflow();
            client.session.onSentEarly(subflow, SessionFixture.buffer(300), client.nowNanos());

            client.receive(subflow, new AckFrame(10));

            assertThat(client.session.profile()).isEqualTo(Profile.BASE);
            assertThat(subflow.inFlightBytes()).isZero();
            client.send(100);
            assertThat(client.transmit()).endsWith("0: frame 11 of 100");
        }
    }

    /** Or it would be another frame of the same number, of which the peer would not take what is new. */
    @Requirement("EARLY-4")
    @Test
    void shouldSendAgainTheSameFrameThoughMoreIsFlushedBeforeThePeerIsKnown() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.freshSubflow();
            client.session.onSentEarly(subflow, SessionFixture.buffer(300), client.nowNanos());
            client.send(5000);
            client.fail(subflow);

            Subflow next = client.freshSubflow();
            client.receive(next, ControlFrame.PING);

            assertThat(client.transmit()).contains("1: frame 10 of 300", "1: frame 11 of 5000");
        }
    }

    /** Their carrier is lost with them: they go again, over the next. */
    @Test
    void shouldSendAgainWhatWentAlongAndWasNotAcknowledged() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.freshSubflow();
            client.session.onSentEarly(subflow, SessionFixture.buffer(300), client.nowNanos());
            client.receive(subflow, ControlFrame.EXTENDED);
            client.receive(subflow, client.helloOfPeer(1 << 20));
            client.transmit();
            client.fail(subflow);
            client.join(1);
            assertThat(client.repetitions).contains(RepetitionCause.FAILURE);
        }
    }

    @Requirement("EARLY-2")
    @Test
    void shouldNotEndInOrderASessionThatHasGotTheBeginningOnly() {
        byte[] bytes = new byte[5];
        JoinOffer offer = JoinOffer.FIRST.withEarlyData(bytes);
        assertThat(offer.hasEarlyData()).isTrue();
        assertThat(JoinOffer.FIRST.hasEarlyData()).isFalse();
        List<Frame> answer = List.of(ControlFrame.EXTENDED);
        assertThat(offer.withdrawal(answer))
                .noneMatch(frame -> frame instanceof FinFrame)
                .anyMatch(frame -> frame instanceof ResetFrame reset && reset.code() == ResetFrame.INCOMPLETE);
        assertThat(JoinOffer.FIRST.withdrawal(answer)).anyMatch(frame -> frame instanceof FinFrame);
        assertThat(JoinOffer.BASE.withEarlyData(bytes).withdrawal(List.of(ControlFrame.PING)))
                .isEmpty();
    }

    @Test
    void shouldRefuseEarlyDataThatAreTooMany() {
        assertThatThrownBy(() -> JoinOffer.FIRST.withEarlyData(new byte[JoinOffer.MAX_EARLY_BYTES + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
