package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.PathSocketFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.PathSuspectFrame;
import dev.multipath.testing.Requirement;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code docs/PROTOCOL.md} 4.2. */
class SessionHelloTest {

    @Requirement({"HELLO-3", "HELLO-4"})
    @Test
    void shouldGiveTheKeyOnceAndOnTheFirstSubflowOnly() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            assertThat(server.key().length()).isEqualTo(HelloFrame.SESSION_KEY_BYTES);

            server.joinAsClient(1);
            server.transmit();

            assertThat(server.sent(HelloFrame.class).sessionKey()).isNull();
        }
    }

    @Test
    void shouldTellTheTruthOfItself() {
        try (ExtendedFixture lasting = ExtendedFixture.server();
                ExtendedFixture passing = new ExtendedFixture(
                        SessionRole.SERVER, ExtendedFixture.config(ExtendedFixture.resumption(Duration.ZERO)))) {
            lasting.receive(lasting.freshSubflow(), ControlFrame.EXTENDED);
            passing.receive(passing.freshSubflow(), ControlFrame.EXTENDED);
            lasting.transmit();
            passing.transmit();

            assertThat(lasting.sent(HelloFrame.class))
                    .isEqualTo(new HelloFrame(
                            0,
                            23,
                            512 << 10,
                            60_000,
                            16,
                            lasting.sent(HelloFrame.class).sessionKey()));
            assertThat(passing.sent(HelloFrame.class).features())
                    .isEqualTo(HelloFrame.ADDRESSES | HelloFrame.SUSPICIONS | HelloFrame.GOING_AWAY);
            assertThat(passing.sent(HelloFrame.class).resumptionTimeoutMillis()).isZero();
        }
    }

    @Test
    void shouldSayThatJoinsAreWantedElsewhere() {
        ExtendedConfig usual = ExtendedConfig.DEFAULT;
        ExtendedConfig elsewhere = new ExtendedConfig(
                true,
                false,
                usual.resumptionTimeout(),
                usual.initialWindowBytes(),
                usual.joinTimeout(),
                usual.maxSubflows(),
                true);
        try (ExtendedFixture server = new ExtendedFixture(SessionRole.SERVER, ExtendedFixture.config(elsewhere))) {
            server.receive(server.freshSubflow(), ControlFrame.EXTENDED);
            server.transmit();

            assertThat(server.sent(HelloFrame.class).features()).isEqualTo(23 | HelloFrame.JOINS_ELSEWHERE);
        }
    }

    @Test
    void shouldTellTheClientOnlyThatJoinsAreWantedElsewhere() {
        for (SessionRole role : SessionRole.values()) {
            try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
                Subflow subflow = fixture.freshSubflow();
                fixture.receive(subflow, ControlFrame.EXTENDED);

                fixture.receive(subflow, fixture.helloOfPeer(0, HelloFrame.JOINS_ELSEWHERE));

                List<String> events = fixture.events();
                if (role == SessionRole.CLIENT) {
                    assertThat(events).contains("JOINS_ELSEWHERE");
                } else {
                    assertThat(events).doesNotContain("JOINS_ELSEWHERE");
                }
            }
        }
    }

    /** The first word holds: later ones are of subflows that were joined where they should be. */
    @Requirement("HELLO-5")
    @Test
    void shouldTellOnceThatJoinsAreWantedElsewhere() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            client.first(10);
            JoinOffer offer = client.session.offerJoin();
            Subflow second = client.requested(offer);
            client.receive(second, ExtendedFixture.challenge(ExtendedFixture.KEY, offer, ExtendedFixture.bytes(16, 9)));

            client.receive(second, new HelloFrame(0, 23 | HelloFrame.JOINS_ELSEWHERE, 0, 60_000, 16, null));

            assertThat(client.events()).doesNotContain("JOINS_ELSEWHERE");
        }
    }

    @Requirement("ERR-13")
    @Test
    void shouldRefuseAFirstHelloWithoutKey() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.freshSubflow();
            client.receive(subflow, ControlFrame.EXTENDED);

            client.refuse(subflow, ExtendedFixture.hello(0, 0, null), UnexpectedFrameException.class);

            assertThat(client.events()).containsExactly("0: REFUSED");
        }
    }

    @Requirement({"HELLO-4", "ERR-13"})
    @Test
    void shouldRefuseAKeyFromTheClient() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);

            server.refuse(subflow, ExtendedFixture.hello(0, 0, ExtendedFixture.KEY), UnexpectedFrameException.class);
        }
    }

    @Requirement({"HELLO-4", "ERR-13"})
    @Test
    void shouldRefuseASecondKey() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            client.first(10);
            JoinOffer offer = client.session.offerJoin();
            Subflow second = client.requested(offer);
            client.receive(second, ExtendedFixture.challenge(ExtendedFixture.KEY, offer, ExtendedFixture.bytes(16, 9)));

            client.refuse(second, ExtendedFixture.hello(0, 0, ExtendedFixture.KEY), UnexpectedFrameException.class);
        }
    }

    @Requirement("HELLO-2")
    @ParameterizedTest
    @EnumSource
    void shouldRefuseASecondHello(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(10);

            fixture.refuse(first, fixture.helloOfPeer(0), UnexpectedFrameException.class);
            fixture.refuse(second, ExtendedFixture.hello(0, 0, null), UnexpectedFrameException.class);
        }
    }

    static Stream<Frame> shouldRefuseAnythingBeforeHello() {
        return Stream.of(
                new FinFrame(10),
                new CumulativeAckFrame(10, 0, 0, 0),
                new PathStatusFrame(1, 0, true),
                new PathSuspectFrame(0),
                new PathSocketFrame(0),
                new AckFrame(10),
                new JoinRequestFrame(1, ExtendedFixture.bytes(16, 1)),
                new AddAddressFrame(1, 1, new InetSocketAddress("127.0.0.1", 80)));
    }

    @Requirement("ERR-12")
    @ParameterizedTest
    @MethodSource
    void shouldRefuseAnythingBeforeHello(Frame frame) {
        for (SessionRole role : SessionRole.values()) {
            try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
                Subflow subflow = fixture.freshSubflow();
                fixture.receive(subflow, ControlFrame.EXTENDED);

                fixture.refuse(subflow, frame, UnexpectedFrameException.class);

                assertThat(fixture.session.nextExpectedFrameNumber()).isEqualTo(10);
            }
        }
    }

    /** A server takes them: early data. */
    @Requirement("ERR-12")
    @Test
    void shouldRefuseDataBeforeTheServersHello() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.freshSubflow();
            client.receive(subflow, ControlFrame.EXTENDED);
            client.refuse(subflow, ExtendedFixture.data(10, 1), UnexpectedFrameException.class);
        }
    }

    @Test
    void shouldRefuseAnythingBeforeHelloOnAProvenSubflow() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            Subflow second = server.joinAsClient(1);

            server.refuse(second, ExtendedFixture.data(10, 1), UnexpectedFrameException.class);
        }
    }

    @Test
    void shouldAnswerPingsBeforeHello() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);
            server.transmit();
            server.receive(subflow, ControlFrame.PING);

            assertThat(server.transmit())
                    .containsExactly("0: ack 10, here 0, grant " + ExtendedFixture.WINDOW_BYTES, "0: pong");
        }
    }

    @Requirement({"HELLO-6", "HELLO-7"})
    @Test
    void shouldTakeOtherMinorVersionsAndUnknownFeatures() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, new HelloFrame(99, ~0L >>> 2, 1 << 20, 1, 1, null));
            server.announceOne();

            assertThat(server.transmit()).containsExactly("0: address 1 at 80");
            server.fail(subflow);
            assertThat(server.session.isSuspended()).isTrue();
        }
    }

    @Requirement("HELLO-9")
    @Test
    void shouldAnnounceNoAddressesToWhoDoesNotListen() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.announceOne();
            server.receive(subflow, ControlFrame.EXTENDED);
            server.receive(subflow, new HelloFrame(0, HelloFrame.RESUMPTION, 1 << 20, 1_000, 16, null));
            server.announceOne();

            assertThat(server.transmit()).noneMatch(words -> words.contains("address"));
        }
    }

    @Requirement("HELLO-5")
    @Test
    void shouldTakeTheFirstHellosWordForTheSession() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(10, ExtendedFixture.hello(1 << 20, 0, null));
            Subflow second = server.joinAsClient(1);
            // By this one the session would outlive its subflows.
            server.receive(second, ExtendedFixture.hello(0, 60_000, null));

            server.fail(first);
            server.fail(second);

            assertThat(server.session.failure()).isInstanceOf(ResumptionTimeoutException.class);
        }
    }

    @Requirement("HELLO-5")
    @Test
    void shouldTakeMaxDataOfLaterHellos() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10, ExtendedFixture.hello(64 << 10, 60_000, null));
            server.send(200_000);
            server.transmit();
            assertThat(server.transmit()).isEmpty();
            Subflow second = server.joinAsClient(1);
            server.transmit();
            server.receive(second, ExtendedFixture.hello((64 << 10) + 1_000, 60_000, null));

            assertThat(server.transmit()).containsExactly("1: frame 18 of 1000");
        }
    }

    @Requirement("JOIN-10")
    @ParameterizedTest
    @EnumSource
    void shouldCloseASubflowWhosePeerHasProvedItselfAndNeverGreets(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow first = fixture.first(10);
            Subflow second;
            if (role == SessionRole.SERVER) {
                second = fixture.joinAsClient(1);
            } else {
                JoinOffer offer = fixture.session.offerJoin();
                second = fixture.requested(offer);
                fixture.receive(second, ExtendedFixture.challenge(fixture.key(), offer, ExtendedFixture.bytes(16, 9)));
            }
            assertThat(second.state()).isEqualTo(SubflowState.ACTIVE);
            fixture.run(ExtendedConfig.DEFAULT.joinTimeout().toMillis() + 1);

            assertThat(second.state()).isEqualTo(SubflowState.CLOSED);
            assertThat(fixture.events()).contains("1: REMOVED");
            assertThat(first.state()).isEqualTo(SubflowState.ACTIVE);
        }
    }

    @Requirement("RES-5")
    @Test
    void shouldCloseAFirstSubflowWhoseClientNeverGreets() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.freshSubflow();
            server.receive(first, ControlFrame.EXTENDED);
            server.run(ExtendedConfig.DEFAULT.joinTimeout().toMillis() + 1);

            assertThat(first.state()).isEqualTo(SubflowState.CLOSED);
            assertThat(server.session.isSuspended()).isTrue();
            // Never heard of, so not waited for longer than once more.
            server.run(ExtendedConfig.DEFAULT.joinTimeout().toMillis() + 1);
            assertThat(server.session.failure()).isInstanceOf(ResumptionTimeoutException.class);
        }
    }
}
