package dev.multipath.session;

import static dev.multipath.session.ExtendedFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code docs/PROTOCOL.md} 4.6: how a subflow joins. */
class SessionJoinTest {

    private static final OpaqueBytes NONCE = bytes(16, 1);

    @Requirement({"NEG-1", "EXT-2", "HELLO-1"})
    @Test
    void shouldChallengeAndLetIn() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            Subflow second = server.freshSubflow();
            assertThat(server.transmit()).containsExactly("1: control 2");
            server.receive(second, ControlFrame.EXTENDED);
            server.receive(second, new JoinRequestFrame(1, NONCE));
            assertThat(server.transmit()).containsExactly("1: challenge");
            JoinChallengeFrame challenge = server.sent(JoinChallengeFrame.class);
            assertThat(challenge.mac())
                    .isEqualTo(new JoinProof(ExtendedFixture.CONNECTION_ID, 1, NONCE, challenge.serverNonce())
                            .server(server.key()));
            assertThat(server.events()).isEmpty();

            server.receive(second, ExtendedFixture.response(server.key(), 1, NONCE, challenge.serverNonce()));

            assertThat(server.events()).containsExactly("1: ADDED");
            assertThat(second.pathId()).isEqualTo(1);
            assertThat(server.transmit()).containsExactly("1: hello, grant " + ExtendedFixture.WINDOW_BYTES, "1: ping");
        }
    }

    @Requirement({"NEG-1", "EXT-2", "HELLO-1"})
    @Test
    void shouldProveItselfToWhoHasProvedItself() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            client.first(10);
            client.send(100);
            JoinOffer offer = client.session.offerJoin();
            assertThat(offer.frames())
                    .containsExactly(ControlFrame.EXTENDED, new JoinRequestFrame(1, offer.clientNonce()));
            Subflow second = client.requested(offer);
            client.receive(second, ExtendedFixture.challenge(ExtendedFixture.KEY, offer, bytes(16, 9)));

            assertThat(client.events()).containsExactly("1: ADDED");
            assertThat(client.transmit())
                    .startsWith("1: response", "1: hello, grant " + ExtendedFixture.WINDOW_BYTES)
                    .endsWith("0: frame 10 of 100");
        }
    }

    @Requirement({"JOIN-4", "JOIN-6"})
    @Test
    void shouldOfferAPathIdOnceAndFreshNonces() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            client.first(10);
            List<OpaqueBytes> nonces = new ArrayList<>();
            for (int pathId = 1; pathId <= 20; pathId++) {
                JoinOffer offer = client.session.offerJoin();
                assertThat(offer.pathId()).isEqualTo(pathId);
                assertThat(nonces).doesNotContain(offer.clientNonce());
                nonces.add(offer.clientNonce());
            }
        }
    }

    @Requirement("JOIN-8")
    @Test
    void shouldLetInWhoComesOutOfOrder() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            for (long pathId : new long[] {5, 3, 60, 4, 1, 7, 2}) {
                assertThat(server.joinAsClient(pathId).state())
                        .as("path %s", pathId)
                        .isEqualTo(SubflowState.ACTIVE);
            }
        }
    }

    @Requirement("JOIN-9")
    @Test
    void shouldTakeControlFramesWithoutAnsweringBeforeTheProof() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            Subflow second = server.challenged(1, NONCE);
            JoinChallengeFrame challenge = server.sent(JoinChallengeFrame.class);
            server.receive(second, ControlFrame.PING);
            server.receive(second, ControlFrame.PONG);
            assertThat(server.transmit()).isEmpty();

            server.receive(second, ExtendedFixture.response(server.key(), 1, NONCE, challenge.serverNonce()));

            assertThat(server.transmit()).noneMatch(words -> words.endsWith("pong"));
        }
    }
}
