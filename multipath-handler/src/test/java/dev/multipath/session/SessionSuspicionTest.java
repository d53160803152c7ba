package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.PathSuspectFrame;
import dev.multipath.testing.Requirement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Doubts about what the peer sends: its own words, and silence. {@code docs/PROTOCOL.md} 4.7 and 8. */
class SessionSuspicionTest {

    private static final int ENOUGH = 16 << 10;

    // ---- told

    @Requirement("PATH-15")
    @ParameterizedTest
    @EnumSource
    void shouldSayOnAllOthersThatASubflowIsStale(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            fixture.first(10);
            fixture.join(300);
            fixture.join(300);
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: frame 10 of 100");

            fixture.passMillis(200);
            fixture.session.onTimeout(fixture.nowNanos());

            assertThat(fixture.events()).containsExactly("0: STALE");
            assertThat(fixture.transmit())
                    .contains("1: path 0 suspect", "2: path 0 suspect")
                    .doesNotContain("0: path 0 suspect");
        }
    }

    @Requirement("PATH-15")
    @ParameterizedTest
    @EnumSource
    void shouldSayItToWhoComesLater(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(10);
            fixture.sendAndTransmit(100);
            fixture.receive(second, ControlFrame.PING);
            assertThat(fixture.run(5_000)).contains("1: path 0 suspect");
            assertThat(first.state()).isEqualTo(SubflowState.STALE);
            assertThat(second.state()).isEqualTo(SubflowState.STALE);

            fixture.receive(second, ControlFrame.PONG);
            assertThat(fixture.transmit()).contains("1: path 0 suspect");
            Subflow third = role == SessionRole.CLIENT
                    ? fixture.join(10)
                    : fixture.joinAsClient(fixture.session.subflows().size());
            if (role == SessionRole.SERVER) {
                List<String> greeting = fixture.transmit();
                assertThat(greeting.indexOf("2: path 0 suspect"))
                        .isGreaterThan(greeting.indexOf("2: hello"))
                        .isPositive();
            } else {
                fixture.receive(third, ControlFrame.PING);
                fixture.transmit();
                assertThat(third.state()).isEqualTo(SubflowState.ACTIVE);
            }
        }
    }

    @Requirement("HELLO-12")
    @ParameterizedTest
    @EnumSource
    void shouldSayNothingToAPeerThatDoesNotHeedIt(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            fixture.first(10, fixture.helloOfPeer(ExtendedFixture.WINDOW_BYTES, HelloFrame.RESUMPTION));
            fixture.join(300);
            fixture.sendAndTransmit(100);

            assertThat(fixture.run(5_000)).noneMatch(words -> words.contains("suspect"));
            assertThat(fixture.events()).contains("0: STALE");
        }
    }

    // ---- heard

    @Requirement({"PATH-16", "PATH-18"})
    @ParameterizedTest
    @EnumSource
    void shouldAskASubflowOfWhichThePeerSaysItAndUseItAsBefore(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(300);

            fixture.receive(second, new PathSuspectFrame(0));

            assertThat(fixture.events()).containsExactly("0: SUSPECTED");
            assertThat(first.isSuspect()).isTrue();
            assertThat(first.state()).isEqualTo(SubflowState.ACTIVE);
            assertThat(fixture.sendAndTransmit(100)).containsExactly("0: ping", "0: frame 10 of 100");

            // Once is enough.
            fixture.receive(second, new PathSuspectFrame(0));
            assertThat(fixture.events()).isEmpty();
            assertThat(fixture.transmit()).isEmpty();

            fixture.receive(first, ControlFrame.PONG);
            assertThat(fixture.events()).containsExactly("0: CLEARED");
            assertThat(first.isSuspect()).isFalse();
        }
    }

    @Requirement("PATH-8")
    @Test
    void shouldIgnoreASuspicionOfAPathThatIsNotThere() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            fixture.receive(fixture.first(10), new PathSuspectFrame(7));

            assertThat(fixture.events()).isEmpty();
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    // ---- one's own

    /** Round trip 10 ms, so the time-out is 200 ms. */
    @ParameterizedTest
    @EnumSource
    void shouldSuspectASubflowThatFallsSilentAndDoesNotAnswer(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow first = fixture.first(10);
            fixture.receiveData(first, 10, ENOUGH);
            fixture.run(5);
            assertThat(fixture.run(194)).isEmpty();

            assertThat(fixture.run(1)).containsExactly("0: ping");
            assertThat(fixture.run(199)).isEmpty();
            assertThat(fixture.events()).isEmpty();

            fixture.run(1);
            assertThat(fixture.events()).containsExactly("0: SUSPECTED");
        }
    }

    @Test
    void shouldAskOnceWhenThePeerOnlyMakesAPause() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow first = fixture.first(10);
            fixture.receiveData(first, 10, ENOUGH);
            assertThat(fixture.run(205)).contains("0: ping");
            fixture.receive(first, ControlFrame.PONG);
            assertThat(fixture.run(10_000)).isEmpty();

            // What is worth less than that.
            fixture.receiveData(first, 11, ENOUGH - 1);
            assertThat(fixture.run(10_000)).noneMatch(words -> words.contains("ping"));
            assertThat(fixture.events()).isEmpty();
        }
    }

    @Test
    void shouldAskASilentSubflowOnceForEachFrameThatIsMissing() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(10);
            fixture.receiveData(second, 11, 1);
            fixture.receive(second, ControlFrame.PONG);
            assertThat(fixture.run(205)).contains("0: ping");
            fixture.receive(first, ControlFrame.PONG);
            fixture.receive(second, ControlFrame.PONG);
            assertThat(fixture.run(5_000)).noneMatch(words -> words.equals("0: ping"));

            fixture.receiveData(second, 10, 1);
            assertThat(fixture.run(5_000)).noneMatch(words -> words.equals("0: ping"));
            fixture.receiveData(second, 13, 1);
            assertThat(fixture.run(205)).contains("0: ping");
            fixture.run(200);

            assertThat(fixture.events()).contains("0: SUSPECTED");
        }
    }

    /** A Go server says nothing of it, and a client that only receives would ask it every minute. */
    @Test
    void shouldSuspectInTheBaseProfileToo() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            fixture.subflow(10);
            fixture.receiveData(first, 10, ENOUGH);
            fixture.transmit();

            assertThat(fixture.passToDeadline()).isEqualTo(200);
            assertThat(fixture.transmit()).containsExactly("0: ping");
            fixture.passToDeadline();

            assertThat(fixture.events()).containsExactly("0: SUSPECTED");
            fixture.receiveData(first, 11, 1);
            assertThat(fixture.events()).containsExactly("0: CLEARED");
        }
    }

    /** The peer has 25 ms to acknowledge on a subflow what it has acknowledged on another. */
    @Test
    void shouldNotCallASubflowLateForWhatAnotherHasTold() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(100);
            assertThat(fixture.sendAndTransmit(1)).containsExactly("0: frame 10 of 1");
            fixture.passMillis(10);
            fixture.receiveAck(second, 11, 0);
            fixture.run(35);
            assertThat(fixture.sendAndTransmit(1)).containsExactly("0: frame 11 of 1");
            fixture.receiveAck(first, 12, 2);

            assertThat(fixture.sendAndTransmit(1)).containsExactly("0: frame 12 of 1");
            fixture.run(60);
            assertThat(fixture.sendAndTransmit(1))
                    .as("that was not acknowledged")
                    .containsExactly("1: frame 13 of 1");
        }
    }
}
