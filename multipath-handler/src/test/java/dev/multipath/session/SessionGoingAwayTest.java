package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.GoingAwayFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.testing.Requirement;
import org.junit.jupiter.api.Test;

/** {@code docs/PROTOCOL.md} 4.9. */
class SessionGoingAwayTest {

    @Test
    void shouldBeSaidOnce() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            server.join(20);
            server.session.announceGoingAway();
            server.session.announceGoingAway();
            assertThat(server.transmit()).containsExactly("0: going away");

            server.session.announceGoingAway();
            assertThat(server.transmit()).isEmpty();
        }
    }

    @Requirement("AWAY-2")
    @Test
    void shouldBeSaidAgainWhenTheSubflowThatCarriedItFails() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(10);
            server.join(20);
            server.session.announceGoingAway();
            assertThat(server.transmit()).containsExactly("0: going away");
            server.fail(first);

            assertThat(server.transmit()).contains("1: going away");
        }
    }

    @Test
    void shouldWaitForThePeersHello() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.session.announceGoingAway();
            Subflow first = server.freshSubflow();
            server.receive(first, ControlFrame.EXTENDED);
            assertThat(server.transmit()).noneMatch(words -> words.contains("going away"));
            server.receive(first, server.helloOfPeer(0));

            assertThat(server.transmit()).containsExactly("0: going away");
        }
    }

    /** Each word waits for its own feature. */
    @Test
    void shouldBeSaidToWhoListensToNothingElse() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.announceOne();
            server.session.announceGoingAway();
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);
            server.transmit();
            server.receive(subflow, new HelloFrame(0, HelloFrame.GOING_AWAY, 1 << 20, 1_000, 16, null));
            server.announceOne();
            server.session.withdrawAddress(1);

            assertThat(server.transmit()).containsExactly("0: going away");
        }
    }

    @Requirement("HELLO-11")
    @Test
    void shouldNotBeSaidToWhoDoesNotListen() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.session.announceGoingAway();
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);
            long features = HelloFrame.RESUMPTION | HelloFrame.ADDRESSES;
            server.receive(subflow, new HelloFrame(0, features, 1 << 20, 1_000, 16, null));
            server.session.announceGoingAway();

            assertThat(server.transmit()).noneMatch(words -> words.contains("going away"));
        }
    }

    @Test
    void shouldNotBeSaidInTheBaseProfile() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.PONG);
            server.session.announceGoingAway();

            assertThat(server.transmit()).noneMatch(words -> words.contains("going away"));
        }
    }

    @Requirement("AWAY-1")
    @Test
    void shouldGoOnAsBefore() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(10);
            server.session.announceGoingAway();
            server.transmit();
            server.receive(first, ExtendedFixture.data(10, 5));
            assertThat(server.read()).isEqualTo(5);
            server.fail(first);
            assertThat(server.session.isSuspended()).isTrue();

            Subflow second = server.join(20);
            assertThat(second.state()).isEqualTo(SubflowState.ACTIVE);
            server.receive(second, ExtendedFixture.data(11, 7));
            assertThat(server.read()).isEqualTo(7);
        }
    }

    @Requirement({"AWAY-3", "AWAY-4"})
    @Test
    void shouldBeToldToTheApplicationOnceAndChangeNothingElse() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow first = client.first(10);
            Subflow second = client.join(20);
            String before = client.snapshot();
            client.receive(first, new GoingAwayFrame());
            assertThat(client.events()).containsExactly("GOING_AWAY");
            client.receive(first, new GoingAwayFrame());
            client.receive(second, new GoingAwayFrame());

            assertThat(client.events()).isEmpty();
            assertThat(client.snapshot()).isEqualTo(before);
            assertThat(client.session.state()).isEqualTo(SessionState.OPEN);
        }
    }
}
