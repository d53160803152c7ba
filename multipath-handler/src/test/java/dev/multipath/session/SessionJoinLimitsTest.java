package dev.multipath.session;

import static dev.multipath.session.ExtendedFixture.bytes;
import static dev.multipath.session.SessionRefusedJoinTest.NONCE;
import static dev.multipath.session.SessionRefusedJoinTest.assertUntouched;
import static dev.multipath.session.SessionRefusedJoinTest.busy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many joins a session takes, how long each may take, which path ids it knows, and what a client makes of a server out of order. */
class SessionJoinLimitsTest {

    // ---- limits

    @Requirement("JOIN-10")
    @Test
    void shouldGiveUpAJoinThatTakesTooLong() {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            Subflow first = server.session.subflows().get(0);
            server.receiveAck(first, 11, 1);
            Subflow silent = server.freshSubflow();
            server.challenged(1, NONCE);
            server.events();
            server.passMillis(9_999);
            server.session.onTimeout(server.nowNanos());
            assertThat(server.events()).isEmpty();

            server.passMillis(1);
            server.session.onTimeout(server.nowNanos());

            assertThat(server.events()).containsExactlyInAnyOrder("1: REFUSED", "2: REFUSED");
            assertThat(silent.state()).isEqualTo(SubflowState.CLOSED);
            assertThat(server.session.subflows()).containsExactly(first);
        }
    }

    @Requirement({"JOIN-11", "ERR-14"})
    @Test
    void shouldLetInNoMoreThanItToldUntilOneLeaves() {
        ExtendedConfig usual = ExtendedConfig.DEFAULT;
        SessionConfig two = ExtendedFixture.config(new ExtendedConfig(
                true, false, usual.resumptionTimeout(), usual.initialWindowBytes(), usual.joinTimeout(), 2, false));
        try (ExtendedFixture server = new ExtendedFixture(SessionRole.SERVER, two)) {
            Subflow first = server.first(10);
            server.join(10);
            String before = server.snapshot();
            Subflow third = server.challenged(7, NONCE);
            JoinChallengeFrame challenge = server.sent(JoinChallengeFrame.class);

            server.refuse(
                    third,
                    ExtendedFixture.response(server.key(), 7, NONCE, challenge.serverNonce()),
                    JoinRefusedException.class);

            assertUntouched(server, before, third);
            server.fail(first);
            assertThat(server.joinAsClient(8).state()).isEqualTo(SubflowState.ACTIVE);
        }
    }

    @Requirement({"ERR-19", "LIM-6"})
    @Test
    void shouldHaveNoMoreThanSixteenJoinsUnderWay() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            for (int i = 0; i < 16; i++) {
                assertThat(server.session.acceptsJoins()).isTrue();
                server.freshSubflow();
            }
            assertThat(server.session.acceptsJoins()).isFalse();
            server.passMillis(ExtendedConfig.DEFAULT.joinTimeout().toMillis());
            server.session.onTimeout(server.nowNanos());

            assertThat(server.session.acceptsJoins()).isTrue();
        }
    }

    @Test
    void shouldAcceptNoJoinsWhenTheSessionHasFailed() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            server.session.abort(300, "");

            assertThat(server.session.acceptsJoins()).isFalse();
        }
    }

    // ---- what a client must survive of a server that breaks the order

    @Test
    void shouldRefuseAChallengeThatNothingWasSentFor() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            client.first(10);
            Subflow second = client.session.addSubflow(StatsTracker.NONE, -1, JoinOffer.BASE, client.nowNanos());
            client.receive(second, ControlFrame.EXTENDED);

            client.refuse(second, new JoinChallengeFrame(NONCE, bytes(32, 0)), JoinRefusedException.class);
        }
    }

    @Requirement("ERR-14")
    @Test
    void shouldRefuseAChallengeBeforeItHasTheKey() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            client.receive(client.freshSubflow(), ControlFrame.EXTENDED);
            Subflow second = client.requested(client.session.offerJoin());

            client.refuse(second, new JoinChallengeFrame(NONCE, bytes(32, 0)), JoinRefusedException.class);
        }
    }

    /** Of far lower ids a server cannot know any more whether they were used. */
    @Requirement({"JOIN-7", "JOIN-8"})
    @ParameterizedTest
    @ValueSource(longs = {65, 100, 1L << 40, (1L << 62) - 1})
    void shouldRefuseUnusedPathIdsOnlyFromSixtyFourBelowTheHighestOn(long highest) {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            server.joinAsClient(highest);
            assertThat(server.joinAsClient(highest - 63).state()).isEqualTo(SubflowState.ACTIVE);
            assertThat(server.joinAsClient(highest - 1).state()).isEqualTo(SubflowState.ACTIVE);
            server.transmit();
            server.events();
            String before = server.snapshot();
            Subflow late = server.freshSubflow();
            server.receive(late, ControlFrame.EXTENDED);

            server.refuse(late, new JoinRequestFrame(highest - 64, NONCE), JoinRefusedException.class);

            assertUntouched(server, before, late);
        }
    }
}
