package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.testing.Requirement;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** How an end leaves, and what must not be lost or believed around it: what the simulator found. */
class SessionLeavingTest {

    private static final long RTT_MILLIS = 20;

    @Test
    void shouldSayItsLastWordsOnFullSubflowsTooWhenItAborts() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(RTT_MILLIS);
            server.session.onWritabilityChanged(subflow, false);

            server.session.abort(ResetFrame.FIRST_APPLICATION_CODE, "because");

            assertThat(server.transmit()).hasSize(2).last().asString().contains("reset 256");
        }
    }

    @Test
    void shouldAcknowledgeOnFullSubflowsTooWhenItLeaves() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(RTT_MILLIS);
            endBothDirections(server, subflow);
            server.session.onWritabilityChanged(subflow, false);

            server.session.leave(server.nowNanos());

            assertThat(server.transmit()).hasSize(2).first().asString().contains("ack 11");
        }
    }

    @Requirement("END-4")
    @Test
    void shouldNotFailWhenItIsOverAndNobodyKnowsItAnyMore() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.first(RTT_MILLIS);
            endBothDirections(client, subflow);
            client.fail(subflow);
            JoinOffer offer = client.session.offerJoin();
            Subflow joining = client.requested(offer);

            client.refuse(joining, new ResetFrame(ResetFrame.UNKNOWN_SESSION, ""), JoinRefusedException.class);

            assertThat(client.session.failure()).isNull();
            assertThat(client.session.isOver()).isTrue();
        }
    }

    @Requirement("END-4")
    @Test
    void shouldNotFailByAResetWhenItIsOver() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.first(RTT_MILLIS);
            endBothDirections(client, subflow);

            // The peer's linger time was over before it heard of it.
            client.receive(subflow, new ResetFrame(ResetFrame.LINGER_EXPIRED, ""));

            assertThat(client.session.failure()).isNull();
            assertThat(client.session.isOver()).isTrue();
        }
    }

    @Test
    void shouldNotWaitForAnotherSubflowOnceItHasFailed() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.first(RTT_MILLIS);
            client.receive(subflow, new ResetFrame(ResetFrame.GOING_AWAY, ""));
            client.fail(subflow);

            assertThat(client.events()).containsExactly("0: REMOVED");
            assertThat(client.session.isSuspended()).isFalse();
        }
    }

    @Test
    void shouldTellThatAnAddressIsGoneWhenItsIdGetsAnother() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.first(RTT_MILLIS);
            InetSocketAddress before = new InetSocketAddress("127.0.0.1", 1);
            InetSocketAddress after = new InetSocketAddress("127.0.0.1", 2);
            client.receive(subflow, new AddAddressFrame(1, 7, before));
            client.events();

            client.receive(subflow, new AddAddressFrame(2, 7, after));

            assertThat(client.events()).containsExactly("1: ADDRESS_REMOVED", "2: ADDRESS_ADDED");
        }
    }

    private static void endBothDirections(ExtendedFixture end, Subflow subflow) {
        end.session.shutdownOutput();
        end.transmit();
        end.receiveAck(subflow, 11, 1);
        end.receive(subflow, new FinFrame(10));
        end.receive(subflow, ControlFrame.PONG);
        end.transmit();
        end.events();
        assertThat(end.session.isOver()).isTrue();
    }
}
