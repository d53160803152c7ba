package dev.multipath.session;

import static dev.multipath.session.ExtendedFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.GoingAwayFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.JoinResponseFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PathSocketFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.PathSuspectFrame;
import dev.multipath.codec.RemoveAddressFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.testing.Requirement;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/PROTOCOL.md} 4.6: that a join that is refused has no effect on the session. */
class SessionRefusedJoinTest {

    static final OpaqueBytes NONCE = bytes(16, 1);
    private static final OpaqueBytes OTHER_KEY = bytes(32, 8);

    /** A server's session with a first subflow, data both ways unfinished, and what it looks like. */
    static ExtendedFixture busy(SessionRole role) {
        ExtendedFixture fixture = ExtendedFixture.of(role);
        Subflow first = fixture.first(10);
        fixture.sendAndTransmit(5_000);
        fixture.receiveData(first, 10, 100);
        fixture.receiveData(first, 12, 100);
        fixture.run(5);
        return fixture;
    }

    /** That the session is as it was, but for a subflow that was refused. */
    static void assertUntouched(ExtendedFixture fixture, String before, Subflow refused) {
        assertThat(fixture.snapshot()).isEqualTo(before);
        assertThat(fixture.events()).containsExactly(refused.id() + ": REFUSED");
        assertThat(refused.state()).isEqualTo(SubflowState.CLOSED);
        assertThat(fixture.transmit()).isEmpty();
    }

    @Requirement({"JOIN-10", "ERR-14"})
    @Test
    void shouldRefuseAProofWithAnotherKey() {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            String before = server.snapshot();
            Subflow second = server.challenged(1, NONCE);
            JoinChallengeFrame challenge = server.sent(JoinChallengeFrame.class);

            server.refuse(
                    second,
                    ExtendedFixture.response(OTHER_KEY, 1, NONCE, challenge.serverNonce()),
                    JoinRefusedException.class);

            assertUntouched(server, before, second);
        }
    }

    @Requirement("JOIN-3")
    @Test
    void shouldRefuseAServerWithAnotherKeyAndProveNothingToIt() {
        try (ExtendedFixture client = busy(SessionRole.CLIENT)) {
            String before = client.snapshot();
            JoinOffer offer = client.session.offerJoin();
            Subflow second = client.requested(offer);

            client.refuse(
                    second, ExtendedFixture.challenge(OTHER_KEY, offer, bytes(16, 9)), JoinRefusedException.class);

            assertUntouched(client, before, second);
        }
    }

    @Test
    void shouldRefuseAReplayedTranscript() {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            Subflow second = server.challenged(1, NONCE);
            JoinResponseFrame recorded = ExtendedFixture.response(
                    server.key(),
                    1,
                    NONCE,
                    server.sent(JoinChallengeFrame.class).serverNonce());
            server.receive(second, recorded);
            server.fail(second);
            server.events();
            server.run(0);
            String before = server.snapshot();

            // The same path id is refused at once, another because the server's nonce is.
            Subflow third = server.freshSubflow();
            server.receive(third, ControlFrame.EXTENDED);
            server.refuse(third, new JoinRequestFrame(1, NONCE), JoinRefusedException.class);
            server.events();
            Subflow fourth = server.challenged(2, NONCE);
            server.refuse(fourth, recorded, JoinRefusedException.class);

            assertUntouched(server, before, fourth);
        }
    }

    @Requirement("JOIN-4")
    @Test
    void shouldRefuseARecordedResponseOfAnExchangeThatWasNotFinished() {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            String before = server.snapshot();
            Subflow second = server.challenged(1, NONCE);
            JoinResponseFrame recorded = ExtendedFixture.response(
                    server.key(),
                    1,
                    NONCE,
                    server.sent(JoinChallengeFrame.class).serverNonce());
            server.fail(second);
            server.events();

            Subflow third = server.challenged(1, NONCE);
            server.refuse(third, recorded, JoinRefusedException.class);

            assertUntouched(server, before, third);
        }
    }

    @Test
    void shouldRefuseItsOwnProofReflected() {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            String before = server.snapshot();
            Subflow second = server.challenged(1, NONCE);
            OpaqueBytes own = server.sent(JoinChallengeFrame.class).mac();

            server.refuse(second, new JoinResponseFrame(own), JoinRefusedException.class);

            assertUntouched(server, before, second);
        }
    }

    @Test
    void shouldRefuseAClientsProofReflectedToAClient() {
        try (ExtendedFixture client = busy(SessionRole.CLIENT)) {
            String before = client.snapshot();
            JoinOffer offer = client.session.offerJoin();
            Subflow second = client.requested(offer);
            OpaqueBytes reflected = new JoinProof(
                            ExtendedFixture.CONNECTION_ID, offer.pathId(), offer.clientNonce(), bytes(16, 9))
                    .client(ExtendedFixture.KEY);

            client.refuse(second, new JoinChallengeFrame(bytes(16, 9), reflected), JoinRefusedException.class);

            assertUntouched(client, before, second);
        }
    }

    @Test
    void shouldRefuseAProofForAnotherPathOrSession() {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            Subflow second = server.challenged(1, NONCE);
            OpaqueBytes nonce = server.sent(JoinChallengeFrame.class).serverNonce();
            server.refuse(second, ExtendedFixture.response(server.key(), 2, NONCE, nonce), JoinRefusedException.class);
            Subflow third = server.challenged(1, NONCE);
            nonce = server.sent(JoinChallengeFrame.class).serverNonce();
            JoinProof elsewhere = new JoinProof(ConnectionId.of(new UUID(1, 3)), 1, NONCE, nonce);
            server.refuse(third, new JoinResponseFrame(elsewhere.client(server.key())), JoinRefusedException.class);
        }
    }

    @Requirement({"JOIN-7", "ERR-14"})
    @ParameterizedTest
    @ValueSource(longs = {1, 70, 200})
    void shouldRefuseAUsedPathId(long pathId) {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            server.joinAsClient(pathId);
            server.joinAsClient(pathId + 1);
            server.transmit();
            server.events();
            String before = server.snapshot();
            Subflow again = server.freshSubflow();
            server.receive(again, ControlFrame.EXTENDED);

            server.refuse(again, new JoinRequestFrame(pathId, NONCE), JoinRefusedException.class);

            assertUntouched(server, before, again);
        }
    }

    @Requirement("JOIN-7")
    @Test
    void shouldLetInOnlyOneOfTwoWithTheSameId() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            Subflow second = server.challenged(1, NONCE);
            OpaqueBytes nonceOfSecond = server.sent(JoinChallengeFrame.class).serverNonce();
            Subflow third = server.challenged(1, NONCE);
            OpaqueBytes nonceOfThird = server.sent(JoinChallengeFrame.class).serverNonce();

            server.receive(third, ExtendedFixture.response(server.key(), 1, NONCE, nonceOfThird));
            server.refuse(
                    second,
                    ExtendedFixture.response(server.key(), 1, NONCE, nonceOfSecond),
                    JoinRefusedException.class);

            assertThat(server.events()).containsExactly("2: ADDED", "1: REFUSED");
        }
    }

    static Stream<Frame> strangersFrames() {
        return Stream.of(
                ExtendedFixture.data(11, 1),
                new AckFrame(10),
                new CumulativeAckFrame(11, 1L << 40, 1, 0),
                new FinFrame(11),
                new HelloFrame(0, 0, 1L << 40, 0, 0, null),
                new HelloFrame(0, 0, 1L << 40, 0, 0, OTHER_KEY),
                new PathStatusFrame(99, 0, true),
                new PathCloseFrame(0, 0, ""),
                new PathSuspectFrame(0),
                new PathSocketFrame(0),
                new AddAddressFrame(1, 1, new InetSocketAddress("127.0.0.1", 80)),
                new RemoveAddressFrame(1, 1),
                new GoingAwayFrame(),
                new JoinResponseFrame(bytes(32, 0)),
                new JoinChallengeFrame(NONCE, bytes(32, 0)));
    }

    @Requirement("JOIN-9")
    @ParameterizedTest
    @MethodSource("strangersFrames")
    void shouldRefuseAnythingElseFromAClientBeforeItsRequest(Frame frame) {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            String before = server.snapshot();
            Subflow second = server.freshSubflow();
            server.receive(second, ControlFrame.EXTENDED);
            server.transmit();

            server.refuse(second, frame, UnexpectedFrameException.class);

            assertUntouched(server, before, second);
        }
    }

    @Requirement("JOIN-9")
    @ParameterizedTest
    @MethodSource("strangersFrames")
    void shouldRefuseAnythingElseFromAClientBeforeItsProof(Frame frame) {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            String before = server.snapshot();
            Subflow second = server.challenged(1, NONCE);

            server.refuse(
                    second,
                    frame,
                    frame instanceof JoinResponseFrame ? JoinRefusedException.class : UnexpectedFrameException.class);

            assertUntouched(server, before, second);
        }
    }

    @Requirement("JOIN-9")
    @ParameterizedTest
    @MethodSource("strangersFrames")
    void shouldRefuseAnythingElseFromAServerBeforeItsProof(Frame frame) {
        try (ExtendedFixture client = busy(SessionRole.CLIENT)) {
            String before = client.snapshot();
            Subflow second = client.requested(client.session.offerJoin());

            client.refuse(
                    second,
                    frame,
                    frame instanceof JoinChallengeFrame ? JoinRefusedException.class : UnexpectedFrameException.class);

            assertUntouched(client, before, second);
        }
    }

    @Test
    void shouldReleaseAStrangersDataWhateverItsFirstFrame() {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            Subflow second = server.freshSubflow();
            var data = ExtendedFixture.data(11, 1);

            server.refuse(second, data, ProfileMismatchException.class);

            assertThat(ReferenceCountUtil.refCnt(data)).isZero();
        }
    }

    @Requirement("RES-7")
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 8, 300})
    void shouldNotBelieveAStrangersReset(long code) {
        for (SessionRole role : SessionRole.values()) {
            try (ExtendedFixture fixture = busy(role)) {
                String before = fixture.snapshot();
                Subflow second = joining(fixture);

                fixture.refuse(second, new ResetFrame(code, ""), JoinRefusedException.class);

                assertUntouched(fixture, before, second);
            }
        }
    }

    @Requirement("NAME-5")
    @ParameterizedTest
    @EnumSource
    void shouldNotBelieveAStrangersResetWhileSuspendedUnlessTheServerHasForgottenTheSession(SessionRole role) {
        try (ExtendedFixture fixture = busy(role)) {
            fixture.fail(fixture.session.subflows().get(0));
            fixture.events();
            String before = fixture.snapshot();
            for (long code : new long[] {0, 1, 3, 4, 8, 300}) {
                Subflow joining = joining(fixture);
                fixture.refuse(joining, new ResetFrame(code, ""), JoinRefusedException.class);
                assertUntouched(fixture, before, joining);
            }
            Subflow joining = joining(fixture);
            ResetFrame unknown = new ResetFrame(ResetFrame.UNKNOWN_SESSION, "");
            if (role == SessionRole.CLIENT) {
                fixture.receive(joining, unknown);
                assertThat(fixture.session.failure()).isInstanceOf(UnknownSessionException.class);
            } else {
                // Whoever knows the session's name could say that.
                fixture.refuse(joining, unknown, JoinRefusedException.class);
                assertUntouched(fixture, before, joining);
            }
        }
    }

    private static Subflow joining(ExtendedFixture fixture) {
        Subflow joining;
        if (fixture.role == SessionRole.CLIENT) {
            joining = fixture.requested(fixture.session.offerJoin());
        } else {
            joining = fixture.freshSubflow();
            fixture.receive(joining, ControlFrame.EXTENDED);
        }
        fixture.transmit();
        return joining;
    }

    @Requirement("ERR-12")
    @ParameterizedTest
    @EnumSource
    void shouldRefuseAnotherHandshakeAfterTheJoin(SessionRole role) {
        for (Frame frame : List.of(
                new JoinRequestFrame(5, NONCE),
                new JoinChallengeFrame(NONCE, bytes(32, 0)),
                new JoinResponseFrame(bytes(32, 0)))) {
            try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
                fixture.first(10);
                fixture.refuse(fixture.join(10), frame, UnexpectedFrameException.class);
                fixture.refuse(fixture.session.subflows().get(0), frame, UnexpectedFrameException.class);
            }
        }
    }

    // ---- what a client must survive of a server that breaks the order

    @Requirement("RES-2")
    @Test
    void shouldNotBeResumedByAJoinThatIsNotValid() {
        try (ExtendedFixture server = busy(SessionRole.SERVER)) {
            server.fail(server.session.subflows().get(0));
            server.events();
            long giveUpAtNanos = server.session.nextDeadlineNanos();
            String before = server.snapshot();
            Subflow intruder = server.challenged(1, NONCE);
            JoinChallengeFrame challenge = server.sent(JoinChallengeFrame.class);

            server.refuse(
                    intruder,
                    ExtendedFixture.response(OTHER_KEY, 1, NONCE, challenge.serverNonce()),
                    JoinRefusedException.class);

            assertUntouched(server, before, intruder);
            assertThat(server.session.isSuspended()).isTrue();
            assertThat(server.session.nextDeadlineNanos())
                    .as("nor does it live longer by that")
                    .isEqualTo(giveUpAtNanos);
            server.joinAsClient(2);
            assertThat(server.events()).contains("RESUMED");
        }
    }
}
