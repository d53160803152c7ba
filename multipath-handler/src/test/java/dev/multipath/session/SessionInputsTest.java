package dev.multipath.session;

import static dev.multipath.session.ExtendedFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** What the owner of a session may call at any time, and what comes of it: also when it is too early, or too late. */
class SessionInputsTest {

    // ---- data before it may come

    @Test
    void shouldRefuseDataThatBeginBeforeTheHandshakeIsDone() throws Exception {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(100);
            Subflow joining = server.freshSubflow();
            server.receive(joining, ControlFrame.EXTENDED);

            assertThatThrownBy(() -> server.session.onDataBegun(joining, server.nowNanos()))
                    .isInstanceOf(UnexpectedFrameException.class);
            server.session.onDataBegun(first, server.nowNanos());
        }
    }

    @Test
    void shouldNotHeedDataThatBeginOnASubflowThatIsGone() throws Exception {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(100);
            Subflow joining = server.freshSubflow();
            server.receive(joining, ControlFrame.EXTENDED);
            server.fail(joining);

            server.session.onDataBegun(joining, server.nowNanos());
        }
    }

    @Test
    void shouldNotHeedDataThatBeginWhenTheSessionHasFailed() throws Exception {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(100);
            Subflow joining = server.freshSubflow();
            server.receive(joining, ControlFrame.EXTENDED);
            server.session.abort(ResetFrame.FIRST_APPLICATION_CODE, "");

            server.session.onDataBegun(joining, server.nowNanos());
        }
    }

    // ---- frames that come too late

    @Test
    void shouldReleaseWhatComesOnASubflowThatIsGone() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(100);
            server.join(100);
            server.fail(first);

            ByteBuf payload = server.receiveData(first, 10, 100);

            assertThat(payload.refCnt()).isZero();
            assertThat(server.session.nextExpectedFrameNumber()).isEqualTo(10);
        }
    }

    // ---- subflows

    @Test
    void shouldSayFarewellOfAMemberOnly() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(100);
            Subflow second = server.join(100);
            Subflow joining = server.freshSubflow();

            assertThat(server.session.farewell(joining, PathCloseFrame.REMOVED, "why"))
                    .isNull();
            assertThat(server.session.farewell(second, PathCloseFrame.REMOVED, "why"))
                    .isEqualTo(new PathCloseFrame(second.pathId(), PathCloseFrame.REMOVED, "why"));
        }
    }

    /** To the peer it would be a frame that may not come yet. */
    @Requirement("HELLO-1")
    @Test
    void shouldSayNoFarewellAheadOfItsProofAndHello() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            client.first(10);
            JoinOffer offer = client.session.offerJoin();
            Subflow second = client.requested(offer);
            client.receive(second, ExtendedFixture.challenge(ExtendedFixture.KEY, offer, bytes(16, 9)));

            assertThat(client.session.farewell(second, PathCloseFrame.REPLACED, ""))
                    .isNull();
            client.transmit();
            assertThat(client.session.farewell(second, PathCloseFrame.REPLACED, ""))
                    .isEqualTo(new PathCloseFrame(second.pathId(), PathCloseFrame.REPLACED, ""));
        }
    }

    @Test
    void shouldSayNoFarewellInTheBaseProfile() {
        try (SessionFixture base = new SessionFixture()) {
            assertThat(base.session.farewell(base.subflow(100), PathCloseFrame.REMOVED, ""))
                    .isNull();
        }
    }

    @Test
    void shouldSendNothingOverARetiredSubflowWhileAnotherDelivers() {
        try (SessionFixture base = new SessionFixture()) {
            Subflow retired = base.subflow(20);
            Subflow other = base.subflow(100);
            assertThat(base.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");

            base.session.retire(retired);

            assertThat(base.sendAndTransmit(100)).containsExactly("1: frame 11 of 100");
            base.session.onSubflowFailed(other, null, base.nowNanos());
            assertThat(base.transmit()).contains("0: frame 11 of 100");
        }
    }

    @Test
    void shouldPingWhoWasSilentForARoundTrip() {
        try (SessionFixture base = new SessionFixture()) {
            base.subflow(20);
            base.session.askSilentSubflows(base.nowNanos());
            assertThat(base.transmit()).isEmpty();

            base.passMillis(100);
            base.session.askSilentSubflows(base.nowNanos());

            assertThat(base.transmit()).containsExactly("0: ping");
        }
    }

    @Test
    void shouldDistrustASubflowOnlyWhereCopiesDoNoHarm() {
        try (SessionFixture base = new SessionFixture();
                ExtendedFixture extended = ExtendedFixture.server()) {
            Subflow ofGo = base.subflow(100);
            base.session.distrust(ofGo, 1000);
            assertThat(((SubflowControl) ofGo).isTrusted()).isTrue();

            extended.first(20);
            Subflow second = extended.join(10);
            extended.session.distrust(second, 100_000);
            assertThat(((SubflowControl) second).isTrusted()).isFalse();
            // The nearest one, but not alone from now on.
            assertThat(extended.sendAndTransmit(100)).containsExactly("0: frame 10 of 100", "1: frame 10 of 100");
        }
    }

    @Test
    void shouldAskAnotherSchedulerFromNowOn() {
        try (SessionFixture base = new SessionFixture()) {
            base.subflow(20);
            base.subflow(100);
            assertThat(base.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");

            base.session.scheduler((subflows, offer, nowNanos) -> 1);

            assertThat(base.sendAndTransmit(100)).containsExactly("1: frame 11 of 100");
        }
    }

    @Test
    void shouldKnowWhatTheBaseProfileCannotDo() {
        try (SessionFixture base = new SessionFixture();
                ExtendedFixture extended = ExtendedFixture.client()) {
            base.subflow(100);
            extended.first(100);

            assertThat(base.session.endsDirectionsApart()).isFalse();
            assertThat(base.session.offerJoin()).isEqualTo(JoinOffer.BASE);
            assertThat(extended.session.endsDirectionsApart()).isTrue();
            assertThat(extended.session.offerJoin().pathId()).isPositive();
        }
    }

    // ---- full channels

    /** One control frame fills the channel: the next one waits until there is room. */
    @Test
    void shouldSendNoSecondControlFrameOnAChannelThatIsFull() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(100);
            server.announceOne();
            server.session.withdrawAddress(1);
            server.session.announceAddress(2, new InetSocketAddress("127.0.0.1", 81));
            server.receive(first, ControlFrame.PING);

            assertThat(server.transmit(1)).hasSize(1);
            assertThat(server.transmit(1)).isEmpty();
            server.session.onWritabilityChanged(first, true);
            assertThat(server.transmit(1)).hasSize(1);
        }
    }

    @Test
    void shouldSendNoSecondPongOnAChannelThatIsFull() {
        try (SessionFixture base = new SessionFixture()) {
            Subflow subflow = base.subflow(100);
            base.receive(subflow, ControlFrame.PING);
            base.receive(subflow, ControlFrame.PING);

            assertThat(base.transmit(1)).containsExactly("0: pong");
            assertThat(base.transmit(1)).isEmpty();
            base.session.onWritabilityChanged(subflow, true);
            assertThat(base.transmit()).containsExactly("0: pong");
        }
    }

    @Test
    void shouldSendNothingBehindAPingOnAChannelThatIsFull() {
        try (SessionFixture base = new SessionFixture()) {
            Subflow subflow = base.subflow(20);
            base.passMillis(100);
            base.session.askSilentSubflows(base.nowNanos());
            base.send(100);

            assertThat(base.transmit(1)).containsExactly("0: ping");
            assertThat(base.transmit()).isEmpty();
            base.session.onWritabilityChanged(subflow, true);
            assertThat(base.transmit()).containsExactly("0: frame 10 of 100");
        }
    }

    // ---- the end

    @Test
    void shouldHaveNoSubflowsWhenReleased() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(100);
            Subflow joining = server.freshSubflow();

            server.session.release();

            assertThat(first.state()).isEqualTo(SubflowState.CLOSED);
            assertThat(joining.state()).isEqualTo(SubflowState.CLOSED);
            assertThat(server.session.subflows()).isEmpty();
            assertThat(server.transmit()).isEmpty();
        }
    }
}
