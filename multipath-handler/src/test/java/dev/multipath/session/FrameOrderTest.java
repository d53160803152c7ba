package dev.multipath.session;

import static dev.multipath.session.ExtendedFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.JoinResponseFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.RemoveAddressFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.testing.Requirement;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code docs/PROTOCOL.md} 5: what may come when on a subflow of an extended session; each cell of that table. */
class FrameOrderTest {

    private static final OpaqueBytes NONCE = bytes(16, 1);

    /** The columns. */
    private enum Moment {
        FIRST,
        JOINING,
        BEFORE_HELLO,
        BEHIND_HELLO
    }

    /** What is in the cells. */
    private enum Reaction {
        TAKEN,
        IGNORED,
        /** The subflow is closed, the session is as it was. */
        REFUSED,
        /** As that, by another exception, since nothing is wrong with it. */
        CLOSES_SUBFLOW,
        /** The session has failed. */
        GIVES_UP
    }

    private static final Map<String, Function<ExtendedFixture, Frame>> FRAMES = new LinkedHashMap<>();
    private static final Map<String, List<Reaction>> TABLE = new LinkedHashMap<>();

    private static void row(String name, Function<ExtendedFixture, Frame> frame, Reaction... cells) {
        FRAMES.put(name, frame);
        TABLE.put(name, List.of(cells));
    }

    static {
        Reaction taken = Reaction.TAKEN;
        Reaction ignored = Reaction.IGNORED;
        Reaction refused = Reaction.REFUSED;
        row("00 02", any -> ControlFrame.EXTENDED, taken, ignored, ignored, ignored);
        row("ping", any -> ControlFrame.PING, refused, ignored, taken, taken);
        row("pong", any -> ControlFrame.PONG, refused, ignored, taken, taken);
        row("00 03", any -> ControlFrame.of(3), refused, ignored, ignored, ignored);
        row("00 09", any -> ControlFrame.of(9), refused, ignored, ignored, ignored);
        row("REQUEST", any -> new JoinRequestFrame(63, NONCE), refused, taken, refused, refused);
        row("CHALLENGE", any -> new JoinChallengeFrame(NONCE, bytes(32, 0)), refused, refused, refused, refused);
        row("RESPONSE", any -> new JoinResponseFrame(bytes(32, 0)), refused, refused, refused, refused);
        row("HELLO", any -> ExtendedFixture.hello(1 << 20, 60_000, null), refused, refused, taken, refused);
        row(
                "RESET",
                any -> new ResetFrame(300, ""),
                refused,
                Reaction.CLOSES_SUBFLOW,
                Reaction.GIVES_UP,
                Reaction.GIVES_UP);
        row("data", any -> ExtendedFixture.data(10, 5), refused, refused, refused, taken);
        row("ACK", any -> new CumulativeAckFrame(10, 0, 0, 0), refused, refused, refused, taken);
        row("FIN", any -> new FinFrame(10), refused, refused, refused, taken);
        row("STATUS", any -> new PathStatusFrame(1, 0, true), refused, refused, refused, taken);
        row("CLOSE", any -> new PathCloseFrame(0, 0, ""), refused, refused, refused, taken);
        row(
                "ADD",
                any -> new AddAddressFrame(1, 1, new InetSocketAddress("127.0.0.1", 80)),
                refused,
                refused,
                refused,
                taken);
        row("REMOVE", any -> new RemoveAddressFrame(1, 1), refused, refused, refused, taken);
        row("base ack", any -> new AckFrame(10), refused, refused, refused, refused);
    }

    static List<Arguments> cells() {
        List<Arguments> cells = new ArrayList<>();
        TABLE.forEach((frame, reactions) -> {
            for (Moment moment : Moment.values()) {
                cells.add(Arguments.of(frame, moment, reactions.get(moment.ordinal())));
            }
        });
        return cells;
    }

    /** At the server, where the peer may be anybody; the second subflow joins a session that has a first one. */
    @Requirement({"ERR-20", "JOIN-9", "WIRE-4"})
    @ParameterizedTest(name = "{0} {1}: {2}")
    @MethodSource("cells")
    void shouldReactAsTheTableSays(String name, Moment moment, Reaction reaction) {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            Subflow subflow = at(moment, server);
            server.transmit();
            server.events();
            String before = server.snapshot();
            Frame frame = FRAMES.get(name).apply(server);

            switch (reaction) {
                case TAKEN, IGNORED, GIVES_UP -> server.receive(subflow, frame);
                case REFUSED -> server.refuse(subflow, frame, SubflowViolationException.class);
                case CLOSES_SUBFLOW -> server.refuse(subflow, frame, JoinRefusedException.class);
            }

            if (reaction == Reaction.GIVES_UP) {
                assertThat(server.session.failure()).isInstanceOf(SessionResetException.class);
                return;
            }
            assertThat(server.session.state()).isEqualTo(SessionState.OPEN);
            List<String> sent = server.transmit();
            switch (reaction) {
                case IGNORED -> {
                    assertThat(server.snapshot()).isEqualTo(before);
                    assertThat(sent).isEmpty();
                    assertThat(server.events()).isEmpty();
                }
                case REFUSED, CLOSES_SUBFLOW -> {
                    assertThat(subflow.state()).isEqualTo(SubflowState.CLOSED);
                    assertThat(server.session.nextExpectedFrameNumber()).isEqualTo(10);
                    assertThat(server.session.subflows()).hasSize(1);
                }
                default -> assertThat(subflow.state()).isNotEqualTo(SubflowState.CLOSED);
            }
            if (name.equals("ping") && reaction == Reaction.TAKEN) {
                assertThat(sent).contains("1: pong");
            }
        }
    }

    private static Subflow at(Moment moment, ExtendedFixture server) {
        return switch (moment) {
            case FIRST -> server.freshSubflow();
            case JOINING -> {
                Subflow subflow = server.freshSubflow();
                server.receive(subflow, ControlFrame.EXTENDED);
                yield subflow;
            }
            case BEFORE_HELLO -> server.joinAsClient(1);
            case BEHIND_HELLO -> server.join(10);
        };
    }

    /** The one that is not due yet, or not any more, is refused. */
    @Requirement("ERR-20")
    @Test
    void shouldTakeEachPartOfAJoinOnce() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            Subflow twice = server.challenged(1, NONCE);

            server.refuse(twice, new JoinRequestFrame(2, NONCE), UnexpectedFrameException.class);
        }
    }

    /** On a client's first subflow no session exists that a RESET could end. */
    @Requirement("ERR-20")
    @Test
    void shouldFailOnlyTheAttemptByAResetInTheServersHellosPlace() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow first = client.freshSubflow();
            client.receive(first, ControlFrame.EXTENDED);

            client.refuse(first, new ResetFrame(ResetFrame.GOING_AWAY, ""), JoinRefusedException.class);

            assertThat(client.session.failure()).isNull();
            assertThat(client.events()).containsExactly("0: REFUSED");
        }
    }

    @Requirement("JOIN-3")
    @Test
    void shouldSayNothingOnAJoiningSubflowBeforeTheServerHasProvedItself() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow first = client.first(10);
            client.sendAndTransmit(100);
            JoinOffer offer = client.session.offerJoin();
            Subflow joining = client.session.addSubflow(StatsTracker.NONE, -1, offer, client.nowNanos());
            assertThat(client.transmit()).isEmpty();
            client.receive(joining, ControlFrame.EXTENDED);
            client.receive(joining, ControlFrame.PING);
            assertThat(client.transmit()).isEmpty();
            client.fail(first);
            assertThat(client.transmit()).isEmpty();

            client.receive(joining, ExtendedFixture.challenge(ExtendedFixture.KEY, offer, bytes(16, 9)));

            assertThat(client.transmit()).startsWith("1: response", "1: hello, grant " + ExtendedFixture.WINDOW_BYTES);
        }
    }

    @Requirement("HELLO-1")
    @ParameterizedTest
    @EnumSource
    void shouldSayHelloAheadOfEverythingElseThatIsExtended(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow first = fixture.freshSubflow();
            fixture.send(100);
            fixture.session.shutdownOutput();
            fixture.announceOne();
            fixture.transmit();
            fixture.receive(first, ControlFrame.EXTENDED);
            if (role == SessionRole.CLIENT) {
                assertThat(fixture.transmit()).isEmpty();
                fixture.receive(first, fixture.helloOfPeer(1 << 20));
            }

            fixture.transmit();
            assertThat(fixture.sent.get(0).frame()).isInstanceOf(HelloFrame.class);
        }
    }
}
