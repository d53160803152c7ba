package dev.multipath.session;

import static dev.multipath.session.ExtendedFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.AddAddressFrame;
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
import dev.multipath.metrics.StatsTracker;
import dev.multipath.testing.Requirement;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code docs/PROTOCOL.md} 5: what may come when on a subflow of an extended session; each cell of that table. */
class FrameOrderTest {

    private static final OpaqueBytes NONCE = bytes(16, 1);

    private static final Set<String> PARTS_OF_JOIN = Set.of("REQUEST", "CHALLENGE", "RESPONSE");

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

    private static final Map<String, Supplier<Frame>> FRAMES = new LinkedHashMap<>();
    private static final Map<String, List<Reaction>> TABLE = new LinkedHashMap<>();

    private static void row(String name, Supplier<Frame> frame, Reaction... cells) {
        FRAMES.put(name, frame);
        TABLE.put(name, List.of(cells));
    }

    static {
        Reaction taken = Reaction.TAKEN;
        Reaction ignored = Reaction.IGNORED;
        Reaction refused = Reaction.REFUSED;
        row("00 02", () -> ControlFrame.EXTENDED, taken, ignored, ignored, ignored);
        row("ping", () -> ControlFrame.PING, refused, ignored, taken, taken);
        row("pong", () -> ControlFrame.PONG, refused, ignored, taken, taken);
        row("00 03", () -> ControlFrame.of(3), refused, ignored, ignored, ignored);
        row("00 09", () -> ControlFrame.of(9), refused, ignored, ignored, ignored);
        row("REQUEST", () -> new JoinRequestFrame(63, NONCE), refused, taken, refused, refused);
        row("CHALLENGE", () -> new JoinChallengeFrame(NONCE, bytes(32, 0)), refused, refused, refused, refused);
        row("RESPONSE", () -> new JoinResponseFrame(bytes(32, 0)), refused, refused, refused, refused);
        row("HELLO", () -> ExtendedFixture.hello(1 << 20, 60_000, null), refused, refused, taken, refused);
        row(
                "RESET",
                () -> new ResetFrame(300, ""),
                refused,
                Reaction.CLOSES_SUBFLOW,
                Reaction.GIVES_UP,
                Reaction.GIVES_UP);
        row("data", () -> ExtendedFixture.data(10, 5), refused, refused, refused, taken);
        row("ACK", () -> new CumulativeAckFrame(10, 0, 0, 0), refused, refused, refused, taken);
        row("FIN", () -> new FinFrame(10), refused, refused, refused, taken);
        row("STATUS", () -> new PathStatusFrame(1, 0, true), refused, refused, refused, taken);
        row("SUSPECT", () -> new PathSuspectFrame(0), refused, refused, refused, taken);
        row("SOCKET", () -> new PathSocketFrame(0), refused, refused, refused, taken);
        row("CLOSE", () -> new PathCloseFrame(0, 0, ""), refused, refused, refused, taken);
        row(
                "ADD",
                () -> new AddAddressFrame(1, 1, new InetSocketAddress("127.0.0.1", 80)),
                refused,
                refused,
                refused,
                taken);
        row("REMOVE", () -> new RemoveAddressFrame(1, 1), refused, refused, refused, taken);
        row("GOING AWAY", GoingAwayFrame::new, refused, refused, refused, taken);
        row("base ack", () -> new AckFrame(10), refused, refused, refused, refused);
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

    /** On a second subflow, which joins a session that has a first one. Which part of a JOIN is due depends on the role. */
    @Requirement({"ERR-20", "JOIN-9", "WIRE-4"})
    @ParameterizedTest(name = "{0} {1}: {2}")
    @MethodSource("cells")
    void shouldReactAsTheTableSays(String name, Moment moment, Reaction reaction) {
        assertReaction(SessionRole.SERVER, name, moment, reaction);
        if (!PARTS_OF_JOIN.contains(name)) {
            assertReaction(SessionRole.CLIENT, name, moment, reaction);
        }
    }

    private static void assertReaction(SessionRole role, String name, Moment moment, Reaction reaction) {
        try (ExtendedFixture end = ExtendedFixture.of(role)) {
            end.first(10);
            Subflow subflow = at(moment, end);
            end.transmit();
            end.events();
            String before = end.snapshot();
            Frame frame = FRAMES.get(name).get();

            switch (reaction) {
                case TAKEN, IGNORED, GIVES_UP -> end.receive(subflow, frame);
                case REFUSED -> end.refuse(subflow, frame, SubflowViolationException.class);
                case CLOSES_SUBFLOW -> end.refuse(subflow, frame, JoinRefusedException.class);
            }

            if (reaction == Reaction.GIVES_UP) {
                assertThat(end.session.failure()).isInstanceOf(SessionResetException.class);
                return;
            }
            assertThat(end.session.state()).isEqualTo(SessionState.OPEN);
            List<String> sent = end.transmit();
            switch (reaction) {
                case IGNORED -> {
                    assertThat(end.snapshot()).isEqualTo(before);
                    assertThat(sent).isEmpty();
                    assertThat(end.events()).isEmpty();
                }
                case REFUSED, CLOSES_SUBFLOW -> {
                    assertThat(subflow.state()).isEqualTo(SubflowState.CLOSED);
                    assertThat(end.session.nextExpectedFrameNumber()).isEqualTo(10);
                    assertThat(end.session.subflows()).hasSize(1);
                }
                default -> assertThat(subflow.state()).isNotEqualTo(SubflowState.CLOSED);
            }
            if (name.equals("ping") && reaction == Reaction.TAKEN) {
                assertThat(sent).contains("1: pong");
            }
        }
    }

    private static Subflow at(Moment moment, ExtendedFixture end) {
        boolean server = end.role == SessionRole.SERVER;
        JoinOffer offer = server ? null : end.session.offerJoin();
        return switch (moment) {
            case FIRST -> end.session.addSubflow(StatsTracker.NONE, -1, offer, end.nowNanos());
            case JOINING -> end.requested(offer);
            case BEFORE_HELLO -> {
                if (server) {
                    yield end.joinAsClient(1);
                }
                Subflow subflow = end.requested(offer);
                end.receive(subflow, ExtendedFixture.challenge(ExtendedFixture.KEY, offer, bytes(16, 9)));
                yield subflow;
            }
            case BEHIND_HELLO -> end.join(10);
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
