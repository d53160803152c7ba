package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.JoinResponseFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.ResetFrame;
import dev.multipath.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The last word of an end that has left, when it was lost with all subflows. */
class FinishedSessionTest {

    private static final long RTT_MILLIS = 20;
    private static final OpaqueBytes WRONG = OpaqueBytes.of(new byte[32]);
    private static final OpaqueBytes NONCE = OpaqueBytes.of(new byte[JoinRequestFrame.NONCE_BYTES]);

    private static void endBothDirections(ExtendedFixture end, Subflow subflow) {
        end.session.shutdownOutput();
        end.transmit();
        end.receiveAck(subflow, 11, 1);
        end.receive(subflow, new FinFrame(10));
        end.transmit();
        assertThat(end.session.isOver()).isTrue();
    }

    private static FinishedSession leave(ExtendedFixture end) {
        end.session.leave(end.nowNanos());
        end.transmit();
        return end.session.remains();
    }

    /** A server that has finished a session in order. */
    private static FinishedSession finishedServer() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            endBothDirections(server, server.first(RTT_MILLIS));
            FinishedSession finished = leave(server);
            assertThat(finished.connectionId()).isEqualTo(VirtualSession.CONNECTION_ID);
            assertThat(finished.keptFor()).isEqualTo(ExtendedConfig.DEFAULT.resumptionTimeout());
            return finished;
        }
    }

    private static List<Frame> give(LateSubflow late, Frame... frames) throws SubflowViolationException {
        List<Frame> answers = List.of();
        for (Frame frame : frames) {
            answers = late.onFrame(frame);
        }
        return answers;
    }

    @Requirement("END-5")
    @Test
    void shouldSayThatItHasFinishedBehindItsLastAcknowledgement() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            endBothDirections(server, server.first(RTT_MILLIS));
            server.session.leave(server.nowNanos());
            assertThat(server.transmit()).hasSize(2);
            assertThat(server.sent.get(0).frame()).isInstanceOf(CumulativeAckFrame.class);
            assertThat(server.sent.get(1).frame()).isEqualTo(new ResetFrame(ResetFrame.FINISHED, ""));
            assertThat(server.session.remains()).isNotNull();
        }
    }

    @Requirement("END-13")
    @Test
    void shouldKeepNothingForAPeerThatHasFinishedToo() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(RTT_MILLIS);
            endBothDirections(server, subflow);
            server.receive(subflow, new ResetFrame(ResetFrame.FINISHED, ""));
            // Whatever its own application does meanwhile, the peer need not wait for it.
            assertThat(server.transmit()).singleElement().asString().contains("reset 7");
            assertThat(leave(server)).isNull();
        }
    }

    @Test
    void shouldHearThatThePeerHasFinishedAfterItHasLeft() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(RTT_MILLIS);
            endBothDirections(server, subflow);
            assertThat(leave(server)).isNotNull();
            server.receive(subflow, new ResetFrame(ResetFrame.FINISHED, ""));
            assertThat(server.session.owesLastWord()).isFalse();
        }
    }

    @Requirement("END-14")
    @Test
    void shouldNotBelieveThatAllIsFinishedWhenItIsNot() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(RTT_MILLIS);
            server.receive(subflow, new ResetFrame(ResetFrame.FINISHED, ""));
            assertThat(server.session.failure()).isInstanceOf(SessionResetException.class);
        }
    }

    @Requirement("END-17")
    @Test
    void shouldTellNobodyWhoHasNotProvedHimself() throws Exception {
        LateSubflow late = finishedServer().join(null);
        assertThat(late.greeting()).containsExactly(ControlFrame.EXTENDED);
        List<Frame> answers = give(late, ControlFrame.EXTENDED, new JoinRequestFrame(1, NONCE));
        assertThat(answers).singleElement().isInstanceOf(JoinChallengeFrame.class);

        assertThatThrownBy(() -> give(late, new JoinResponseFrame(WRONG))).isInstanceOf(JoinRefusedException.class);
        assertThat(late.isAnswered()).isFalse();
        assertThat(late.isConfirmed()).isFalse();
    }

    @Test
    void shouldBelieveNobodyWhoHasNotProvedHimself() {
        LateSubflow late = finishedServer().join(null);
        assertThatThrownBy(() -> give(late, ControlFrame.EXTENDED, new ResetFrame(ResetFrame.FINISHED, "")))
                .isInstanceOf(JoinRefusedException.class);
        assertThat(late.isConfirmed()).isFalse();
    }

    /** The whole way: a client that has heard nothing, and a server that has left; then the other way round. */
    @Requirement("END-16")
    @Test
    void shouldEndAClientInOrderWhoseServerHasLeft() throws Exception {
        try (ExtendedFixture server = ExtendedFixture.server();
                ExtendedFixture client = ExtendedFixture.client()) {
            Subflow atServer = server.first(RTT_MILLIS);
            OpaqueBytes key = server.key();
            endBothDirections(server, atServer);
            FinishedSession finished = leave(server);
            Subflow atClient =
                    client.first(RTT_MILLIS, ExtendedFixture.hello(ExtendedFixture.WINDOW_BYTES, 60_000, key));
            client.receive(atClient, new FinFrame(10));
            client.session.close(client.nowNanos());
            client.transmit();
            client.fail(atClient);
            assertThat(client.session.isOver()).isFalse();

            JoinOffer offer = client.session.offerJoin();
            Subflow joining = client.requested(offer);
            LateSubflow late = finished.join(null);
            late.greeting().forEach(frame -> client.receive(joining, frame));
            List<Frame> challenge = give(late, offer.frames().toArray(Frame[]::new));
            challenge.forEach(frame -> client.receive(joining, frame));
            client.transmit();
            for (var sent : List.copyOf(client.sent)) {
                if (!late.isAnswered()) {
                    late.onFrame(sent.frame()).forEach(frame -> client.receive(joining, frame));
                }
            }

            assertThat(late.isAnswered()).isTrue();
            assertThat(client.session.isOver()).isTrue();
            assertThat(client.session.failure()).isNull();
            assertThat(client.session.isDrained(client.nowNanos())).isTrue();
            assertThat(client.session.owesLastWord()).isFalse();
        }
    }

    @Requirement("END-18")
    @Test
    void shouldEndAServerInOrderWhoseClientHasLeft() throws Exception {
        try (ExtendedFixture server = ExtendedFixture.server();
                ExtendedFixture client = ExtendedFixture.client()) {
            Subflow atServer = server.first(RTT_MILLIS);
            Subflow atClient =
                    client.first(RTT_MILLIS, ExtendedFixture.hello(ExtendedFixture.WINDOW_BYTES, 60_000, server.key()));
            endBothDirections(client, atClient);
            FinishedSession finished = leave(client);
            assertThat(finished).isNotNull();
            server.receive(atServer, new FinFrame(10));
            server.session.close(server.nowNanos());
            server.transmit();
            server.fail(atServer);
            assertThat(server.session.isSuspended()).isTrue();

            JoinOffer offer = client.session.offerJoin();
            LateSubflow late = finished.join(offer);
            Subflow joining = server.freshSubflow();
            server.transmit();
            for (Frame frame : offer.frames()) {
                server.receive(joining, frame);
            }
            List<VirtualSession.Sent> sent = List.copyOf(server.sent);
            server.transmit();
            List<Frame> answers = new ArrayList<>();
            for (var each : concat(sent, server.sent)) {
                answers.addAll(late.onFrame(each.frame()));
            }
            assertThat(late.isAnswered()).isTrue();
            assertThat(answers).hasSize(4);
            assertThat(answers.get(0)).isInstanceOf(JoinResponseFrame.class);
            assertThat(answers.get(1)).isInstanceOf(HelloFrame.class);
            answers.forEach(frame -> server.receive(joining, frame));

            assertThat(server.session.isOver()).isTrue();
            assertThat(server.session.failure()).isNull();
            server.transmit();
            for (var each : server.sent) {
                late.onFrame(each.frame());
            }
            assertThat(late.isConfirmed()).isTrue();
        }
    }

    private static List<VirtualSession.Sent> concat(List<VirtualSession.Sent> one, List<VirtualSession.Sent> other) {
        List<VirtualSession.Sent> all = new ArrayList<>(one);
        all.addAll(other);
        return all;
    }
}
