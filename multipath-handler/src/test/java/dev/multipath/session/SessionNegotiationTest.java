package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/PROTOCOL.md} section 3. */
class SessionNegotiationTest {

    private static final ExtendedConfig PROOF_REQUIRED =
            new ExtendedConfig(true, true, Duration.ofSeconds(60), 512 << 10, Duration.ofSeconds(10), 16, false);

    @Requirement({"NEG-1", "EXT-2"})
    @Test
    void shouldSayThatItSpeaksTheExtendedProfileBeforeAnythingElse() {
        assertThat(JoinOffer.FIRST.frames()).containsExactly(ControlFrame.EXTENDED);
        try (ExtendedFixture server = ExtendedFixture.server();
                ExtendedFixture client = ExtendedFixture.client()) {
            server.freshSubflow();
            client.freshSubflow();

            assertThat(server.transmit()).containsExactly("0: control 2", "0: ping");
            // Its 00 02 left with the preface.
            assertThat(client.transmit()).containsExactly("0: pong", "0: ping");
        }
    }

    @Test
    void shouldSayNothingOfItWhenDisabled() {
        try (ExtendedFixture server = new ExtendedFixture(SessionRole.SERVER, SessionFixture.CONFIG)) {
            server.freshSubflow();

            assertThat(server.session.profile()).isEqualTo(Profile.BASE);
            assertThat(server.transmit()).containsExactly("0: ping");
        }
    }

    @Requirement("NEG-9")
    @Test
    void shouldIgnoreThePeersWordWhenDisabled() {
        try (ExtendedFixture server = new ExtendedFixture(SessionRole.SERVER, SessionFixture.CONFIG)) {
            Subflow subflow = server.freshSubflow();
            server.transmit();
            server.receive(subflow, ControlFrame.EXTENDED);

            assertThat(server.session.profile()).isEqualTo(Profile.BASE);
            assertThat(server.transmit()).isEmpty();
            server.receiveData(subflow, 10, 5);
            assertThat(server.transmit()).containsExactly("0: ack 10");
        }
    }

    @Requirement({"NEG-4", "EXT-3"})
    @Test
    void shouldHoldDataBackUntilTheServerHasDecided() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.send(100);

            assertThat(server.transmit()).containsExactly("0: control 2", "0: ping");
            assertThat(server.run(5_000)).isEmpty();
            assertThat(subflow.state()).isEqualTo(SubflowState.JOINING);
            assertThat(server.session.subflows()).isEmpty();
            assertThat(server.events()).isEmpty();
        }
    }

    @Requirement({"NEG-2", "HELLO-1"})
    @Test
    void shouldTurnTheServerToTheExtendedProfileByTheFirstFrame() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.transmit();
            server.send(100);
            server.receive(subflow, ControlFrame.EXTENDED);

            assertThat(server.session.profile()).isEqualTo(Profile.EXTENDED);
            assertThat(server.events()).containsExactly("0: ADDED");
            // HELLO is the first extended frame; data need not wait for the client's.
            assertThat(server.transmit())
                    .containsExactly("0: hello with key, grant " + ExtendedFixture.WINDOW_BYTES, "0: frame 10 of 100");
        }
    }

    @Requirement({"NEG-6", "EXT-3", "HELLO-1"})
    @Test
    void shouldTakeTheClientsFirstSubflowForEstablishedOnlyWithTheServersHello() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.freshSubflow();
            client.transmit();
            client.send(100);
            client.receive(subflow, ControlFrame.EXTENDED);
            client.receive(subflow, ControlFrame.PING);

            assertThat(client.session.profile()).isEqualTo(Profile.EXTENDED);
            assertThat(client.events()).isEmpty();
            assertThat(client.transmit()).containsExactly("0: pong");

            client.receive(subflow, client.helloOfPeer(1 << 20));

            assertThat(client.events()).containsExactly("0: ADDED");
            assertThat(client.transmit())
                    .containsExactly("0: hello, grant " + ExtendedFixture.WINDOW_BYTES, "0: frame 10 of 100");
        }
    }

    @Requirement("NEG-2")
    @ParameterizedTest
    @EnumSource
    void shouldSpeakTheBaseProfileWhenTheFirstFrameIsAnother(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow subflow = fixture.freshSubflow();
            fixture.transmit();
            fixture.send(100);
            fixture.receive(subflow, role == SessionRole.SERVER ? ControlFrame.PONG : ControlFrame.PING);

            assertThat(fixture.session.profile()).isEqualTo(Profile.BASE);
            assertThat(fixture.events()).containsExactly("0: ADDED");
            assertThat(fixture.transmit()).contains("0: frame 10 of 100");

            fixture.receive(subflow, new AckFrame(10));
            assertThat(fixture.session.unacknowledgedBytes()).isZero();
        }
    }

    @Requirement("NEG-2")
    @ParameterizedTest
    @EnumSource
    void shouldSpeakTheBaseProfileWhenTheFirstFrameIsData(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow subflow = fixture.freshSubflow();
            fixture.transmit();
            fixture.receiveData(subflow, 10, 5);

            assertThat(fixture.session.profile()).isEqualTo(Profile.BASE);
            assertThat(fixture.read()).isEqualTo(5);
            assertThat(fixture.transmit()).containsExactly("0: ack 10");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotTakeACloseForDoneBeforeItKnowsHowItsPeerEnds(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow subflow = fixture.freshSubflow();
            fixture.session.close(fixture.nowNanos());
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isFalse();

            fixture.receive(subflow, ControlFrame.PONG);
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndOnlyWithTheSessionWhenTheOutputWasShutDownBeforeThePeerSpokeTheBaseProfile(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow subflow = fixture.freshSubflow();
            fixture.send(5);
            fixture.session.shutdownOutput();
            fixture.transmit();
            fixture.receive(subflow, ControlFrame.PONG);

            assertThat(fixture.transmit()).containsExactly("0: frame 10 of 5");
            assertThat(fixture.session.isOutputFinished()).isFalse();
            fixture.receive(subflow, new AckFrame(10));
            assertThat(fixture.session.isOutputFinished()).isTrue();
            assertThatThrownBy(() -> fixture.send(1)).isInstanceOf(IllegalStateException.class);
            fixture.receiveData(subflow, 10, 7);
            assertThat(fixture.read()).isEqualTo(7);
            assertThat(fixture.session.isOver()).isFalse();
            fixture.session.close(fixture.nowNanos());
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();
        }
    }

    @Requirement("NEG-2")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 9})
    void shouldSpeakTheBaseProfileWhateverTheOtherNumber(int number) {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.receive(server.freshSubflow(), ControlFrame.of(number));

            assertThat(server.session.profile()).isEqualTo(Profile.BASE);
        }
    }

    @Requirement({"NEG-3", "NEG-9"})
    @ParameterizedTest
    @EnumSource
    void shouldNotChangeItsMindWhenTheWordComesLate(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow subflow = fixture.freshSubflow();
            fixture.receive(subflow, ControlFrame.PING);
            fixture.receive(subflow, ControlFrame.EXTENDED);
            Subflow second = fixture.session.addSubflow(StatsTracker.NONE, -1, JoinOffer.BASE, fixture.nowNanos());
            fixture.receive(second, ControlFrame.EXTENDED);

            assertThat(fixture.session.profile()).isEqualTo(Profile.BASE);
            assertThat(fixture.transmit()).noneMatch(words -> words.contains("hello"));
            assertThat(fixture.session.subflows()).containsExactly(subflow, second);
        }
    }

    @Requirement("HELLO-2")
    @ParameterizedTest
    @EnumSource
    void shouldHearTheWordTwiceWithoutMoreThanOneHello(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow subflow = fixture.freshSubflow();
            fixture.receive(subflow, ControlFrame.EXTENDED);
            fixture.receive(subflow, ControlFrame.EXTENDED);
            fixture.receive(subflow, fixture.helloOfPeer(1 << 20));
            fixture.receive(subflow, ControlFrame.EXTENDED);

            assertThat(fixture.transmit())
                    .filteredOn(words -> words.contains("hello"))
                    .hasSize(1);
            assertThat(fixture.events()).containsExactly("0: ADDED");
        }
    }

    @Requirement("ERR-12")
    @Test
    void shouldRefuseExtendedFramesInTheBaseProfile() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.PONG);

            server.refuse(subflow, new FinFrame(10), UnexpectedFrameException.class);
        }
    }

    @Requirement("NEG-5")
    @Test
    void shouldAttachNoSecondConnectionWhileUndecided() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            assertThat(server.session.acceptsJoins()).isTrue();
            Subflow subflow = server.freshSubflow();
            assertThat(server.session.acceptsJoins()).isFalse();

            server.receive(subflow, ControlFrame.EXTENDED);
            assertThat(server.session.acceptsJoins()).isTrue();
        }
    }

    @Requirement("JOIN-13")
    @Test
    void shouldLetAnybodyJoinABaseSessionUnlessProofIsRequired() {
        try (ExtendedFixture open = ExtendedFixture.server();
                ExtendedFixture strict =
                        new ExtendedFixture(SessionRole.SERVER, ExtendedFixture.config(PROOF_REQUIRED))) {
            open.receive(open.freshSubflow(), ControlFrame.PONG);
            strict.receive(strict.freshSubflow(), ControlFrame.PONG);

            assertThat(open.session.acceptsJoins()).isTrue();
            assertThat(strict.session.acceptsJoins()).isFalse();
        }
    }

    @Test
    void shouldAcceptProvenJoinsWhereProofIsRequired() {
        try (ExtendedFixture strict = new ExtendedFixture(SessionRole.SERVER, ExtendedFixture.config(PROOF_REQUIRED))) {
            strict.first(10);

            assertThat(strict.session.acceptsJoins()).isTrue();
            assertThat(strict.join(10).state()).isEqualTo(SubflowState.ACTIVE);
        }
    }

    @Test
    void shouldLetTheNextSubflowDecideWhenTheFirstDiedUndecided() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.fail(server.freshSubflow());
            assertThat(server.events()).containsExactly("0: REFUSED");
            assertThat(server.session.acceptsJoins()).isTrue();

            Subflow second = server.freshSubflow();
            server.receive(second, ControlFrame.PONG);

            assertThat(server.session.profile()).isEqualTo(Profile.BASE);
            assertThat(server.events()).containsExactly("1: ADDED");
        }
    }

    @Requirement("NEG-7")
    @Test
    void shouldNotGiveAKeyToWhoOnlyJoinsWhenTheFirstDiedUndecided() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.fail(server.freshSubflow());
            Subflow second = server.freshSubflow();

            server.refuse(second, ControlFrame.EXTENDED, JoinRefusedException.class);

            assertThat(server.session.profile()).isEqualTo(Profile.UNDECIDED);
            assertThat(server.transmit()).isEmpty();
        }
    }

    @Test
    void shouldFailTheClientsAttemptWhenTheSubflowDiesBeforeTheServersHello() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.freshSubflow();
            client.receive(subflow, ControlFrame.EXTENDED);
            client.fail(subflow);

            assertThat(client.events()).containsExactly("0: REFUSED");
            assertThat(client.session.subflows()).isEmpty();
            assertThat(client.session.isSuspended()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveUpASubflowThatDecidesNothingInTime(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow subflow = fixture.freshSubflow();
            fixture.transmit();

            assertThat(fixture.passToDeadline())
                    .isEqualTo(ExtendedConfig.DEFAULT.joinTimeout().toMillis());
            assertThat(fixture.events()).containsExactly("0: REFUSED");
            assertThat(subflow.state()).isEqualTo(SubflowState.CLOSED);
        }
    }

    @Test
    void shouldLoseNothingWhenTheFirstSubflowDiesBetweenTheHellos() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.freshSubflow();
            server.transmit();
            server.receive(first, ControlFrame.EXTENDED);
            server.send(100);
            server.transmit();
            OpaqueBytes key = server.sent(HelloFrame.class).sessionKey();
            server.fail(first);
            assertThat(server.session.isSuspended()).isTrue();
            server.transmit();

            // The client has the key, and proves it.
            Subflow second = server.challenged(1, ExtendedFixture.bytes(16, 1));
            server.receive(
                    second,
                    ExtendedFixture.response(
                            key,
                            1,
                            ExtendedFixture.bytes(16, 1),
                            server.sent(JoinChallengeFrame.class).serverNonce()));
            assertThat(server.transmit())
                    .contains("1: hello, grant " + ExtendedFixture.WINDOW_BYTES, "1: frame 10 of 100");
            assertThat(server.session.isSuspended()).isFalse();
        }
    }

    @Requirement({"NEG-8", "ERR-11"})
    @ParameterizedTest
    @EnumSource
    void shouldCloseALaterSubflowWhoseFirstFrameIsAnother(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            fixture.first(10);
            String before = fixture.snapshot();
            Subflow joining = role == SessionRole.CLIENT
                    ? fixture.session.addSubflow(StatsTracker.NONE, -1, fixture.session.offerJoin(), fixture.nowNanos())
                    : fixture.freshSubflow();
            fixture.transmit();

            fixture.refuse(joining, ControlFrame.PING, ProfileMismatchException.class);

            assertThat(fixture.events()).containsExactly("1: REFUSED");
            assertThat(fixture.snapshot()).isEqualTo(before);
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    @Test
    void shouldRefuseAcknowledgementsBeforeHello() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);

            server.refuse(subflow, new CumulativeAckFrame(10, 0, 0, 0), UnexpectedFrameException.class);
        }
    }
}
