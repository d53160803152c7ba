package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/PROTOCOL.md} 4.8. */
class SessionResumptionTest {

    @Requirement({"RES-1", "RES-3"})
    @ParameterizedTest
    @EnumSource
    void shouldKeepEverythingWithoutSubflowsAndGoOnWithTheNext(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow first = fixture.first(10);
            fixture.sendAndTransmit(100);
            fixture.sendAndTransmit(200);
            fixture.receiveData(first, 11, 7);
            fixture.receiveAck(first, 11, 1);
            fixture.fail(first);

            assertThat(fixture.events()).containsExactly("0: REMOVED", "SUSPENDED");
            assertThat(fixture.session.isSuspended()).isTrue();
            assertThat(fixture.sendAndTransmit(300)).isEmpty();
            assertThat(fixture.run(30_000)).isEmpty();
            assertThat(fixture.session.state()).isEqualTo(SessionState.OPEN);

            Subflow second = fixture.join(20);

            assertThat(fixture.session.isSuspended()).isFalse();
            assertThat(second.inFlightBytes()).isEqualTo(500);
            fixture.receiveAck(second, 13, 2);
            assertThat(fixture.session.unacknowledgedBytes()).isZero();
            fixture.receiveData(second, 10, 3);
            assertThat(fixture.read()).isEqualTo(10);
        }
    }

    /** Or a client that only receives would wait for ever: nobody else can dial. */
    @ParameterizedTest
    @EnumSource
    void shouldCallItsOnlySubflowStaleWhenAPingIsNotAnswered(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            fixture.first(10);
            fixture.events();

            fixture.run(180_000);

            assertThat(fixture.events()).contains("0: STALE");
        }
    }

    @Test
    void shouldTellOfTheResumption() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.fail(fixture.first(10));
            fixture.events();
            fixture.joinAsClient(1);

            assertThat(fixture.events()).containsExactly("1: ADDED", "RESUMED");
        }
    }

    @Requirement("RES-4")
    @ParameterizedTest
    @EnumSource
    void shouldGiveUpWhenTheResumptionTimeIsOver(SessionRole role) {
        ExtendedConfig twoSeconds = ExtendedFixture.resumption(Duration.ofSeconds(2));
        try (ExtendedFixture fixture = new ExtendedFixture(role, ExtendedFixture.config(twoSeconds))) {
            fixture.fail(fixture.first(10));

            assertThat(fixture.passToDeadline()).isEqualTo(2_000);
            assertThat(fixture.session.failure()).isInstanceOf(ResumptionTimeoutException.class);
            assertThat(fixture.session.state()).isEqualTo(SessionState.FAILED);
            assertThat(fixture.session.isSuspended()).isFalse();
        }
    }

    @Test
    void shouldFailAtOnceWithoutResumptionTime() {
        ExtendedConfig none = ExtendedFixture.resumption(Duration.ZERO);
        try (ExtendedFixture fixture = new ExtendedFixture(SessionRole.SERVER, ExtendedFixture.config(none))) {
            fixture.fail(fixture.first(10));

            assertThat(fixture.session.failure()).isInstanceOf(ResumptionTimeoutException.class);
            assertThat(fixture.events()).containsExactly("0: REMOVED");
        }
    }

    @Requirement("HELLO-8")
    @Test
    void shouldFailAtOnceWhenThePeerDoesNotKeepSessions() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.fail(fixture.first(10, ExtendedFixture.hello(1 << 20, 0, null)));

            assertThat(fixture.session.failure()).isInstanceOf(ResumptionTimeoutException.class);
        }
    }

    @Test
    void shouldStayFailedWhenSomebodyComesTooLate() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.fail(fixture.first(10));
            fixture.passToDeadline();

            assertThat(fixture.session.acceptsJoins()).isFalse();
        }
    }

    @Test
    void shouldLingerWhileSuspendedAndEndInTime() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            fixture.sendAndTransmit(100);
            fixture.session.close(fixture.nowNanos());
            fixture.fail(first);
            assertThat(fixture.session.isSuspended()).isTrue();
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isFalse();

            assertThat(fixture.passToDeadline())
                    .isEqualTo(fixture.config().linger().toMillis());
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();
        }
    }

    @Test
    void shouldFinishItsCloseAfterAResumption() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            fixture.sendAndTransmit(100);
            fixture.session.close(fixture.nowNanos());
            fixture.transmit();
            fixture.fail(first);
            Subflow second = fixture.join(10);
            fixture.receiveAck(second, 12, 2);

            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();
        }
    }

    /** It says how long the peer keeps the session, which is no reason for this end to give it up sooner, or later. */
    @Requirement("RES-1")
    @ParameterizedTest
    @ValueSource(longs = {1, 1_000_000})
    void shouldKeepTheSessionForItsOwnTimeWhateverThePeers(long peersMillis) {
        for (SessionRole role : SessionRole.values()) {
            try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
                var key = role == SessionRole.CLIENT ? ExtendedFixture.KEY : null;
                fixture.fail(fixture.first(10, ExtendedFixture.hello(1 << 20, peersMillis, key)));

                assertThat(fixture.passToDeadline()).isEqualTo(60_000);
                assertThat(fixture.session.failure()).isInstanceOf(ResumptionTimeoutException.class);
            }
        }
    }

    private static ExtendedFixture threeSeconds(SessionRole role) {
        return new ExtendedFixture(role, ExtendedFixture.config(ExtendedFixture.resumption(Duration.ofSeconds(3))));
    }

    /** Or a peer that lets every subflow in and then drops it would be dialled for ever. */
    @Requirement("RES-8")
    @ParameterizedTest
    @EnumSource
    void shouldCountTheTimeFromTheLastProgressAndNotFromTheLastHandshake(SessionRole role) {
        try (ExtendedFixture fixture = threeSeconds(role)) {
            fixture.fail(fixture.first(10));
            fixture.passMillis(1_000);
            fixture.fail(fixture.join(10));

            assertThat(fixture.passToDeadline()).isEqualTo(1_990);
            assertThat(fixture.session.failure()).isInstanceOf(ResumptionTimeoutException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotEndOverASubflowThatIsThereWhenTheTimeIsOverButAtItsLoss(SessionRole role) {
        try (ExtendedFixture fixture = threeSeconds(role)) {
            fixture.fail(fixture.first(10));
            fixture.passMillis(2_000);
            Subflow second = fixture.join(10);
            fixture.run(2_000);
            assertThat(fixture.session.state()).isEqualTo(SessionState.OPEN);
            fixture.events();

            fixture.fail(second);

            assertThat(fixture.session.failure()).isInstanceOf(ResumptionTimeoutException.class);
            assertThat(fixture.events()).containsExactly("1: REMOVED");
        }
    }

    @Requirement("RES-8")
    @ParameterizedTest
    @EnumSource
    void shouldBeginAnewWhenASubflowHasBroughtTheStreamOn(SessionRole role) {
        try (ExtendedFixture fixture = threeSeconds(role)) {
            fixture.fail(fixture.first(10));
            fixture.passMillis(1_000);
            Subflow second = fixture.join(10);
            fixture.receiveData(second, 10, 1);
            fixture.fail(second);
            assertThat(fixture.session.nextDeadlineNanos() - fixture.nowNanos())
                    .isEqualTo(Duration.ofSeconds(3).toNanos());

            fixture.passMillis(1_000);
            Subflow third = fixture.join(10);
            fixture.sendAndTransmit(1);
            fixture.receiveAck(third, 11, 1);
            fixture.fail(third);
            assertThat(fixture.passToDeadline()).isEqualTo(3_000);
        }
    }

    @Requirement("RES-8")
    @ParameterizedTest
    @EnumSource
    void shouldBeginAnewWhenASubflowHasLasted(SessionRole role) {
        try (ExtendedFixture fixture = threeSeconds(role)) {
            fixture.fail(fixture.first(10));
            fixture.passMillis(1_000);
            Subflow second = fixture.join(10);
            fixture.run(3_000);
            fixture.fail(second);

            assertThat(fixture.passToDeadline()).isEqualTo(3_000);
        }
    }
}
