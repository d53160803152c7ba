package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a session waits for has a name, and there is one place that knows what is next. */
class SessionTimersTest {

    private static TimerName next(VirtualSession fixture) {
        Timers timers = fixture.session.core.timers;
        assertThat(timers.nextDeadlineNanos()).isEqualTo(fixture.session.nextDeadlineNanos());
        return timers.next();
    }

    @Test
    void shouldWaitForNothingBeforeThereIsASubflow() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            assertThat(next(fixture)).isNull();
            fixture.session.onTimeout(fixture.nowNanos());
            assertThat(fixture.events()).isEmpty();
        }
    }

    @Test
    void shouldGoFromDataThatIsLateToASessionWithoutASubflow() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            fixture.run(0);
            assertThat(next(fixture)).isEqualTo(TimerName.PROBE);

            fixture.receiveData(first, 10, 100);
            assertThat(next(fixture)).isEqualTo(TimerName.ACK);
            fixture.run(2);
            fixture.sendAndTransmit(100);
            assertThat(next(fixture)).isEqualTo(TimerName.STALE);

            fixture.fail(first);
            assertThat(next(fixture)).isEqualTo(TimerName.RESUMPTION);
            fixture.passToDeadline();
            assertThat(fixture.session.failure()).isInstanceOf(ResumptionTimeoutException.class);
        }
    }

    @Test
    void shouldWaitForAProofAsLongAsTheHandshakeMayTake() {
        SessionConfig config = ExtendedFixture.config(ExtendedConfig.DEFAULT);
        try (ExtendedFixture fixture = new ExtendedFixture(SessionRole.SERVER, config)) {
            fixture.session.addSubflow(fixture.tracker, -1, null, fixture.nowNanos());
            assertThat(next(fixture)).isEqualTo(TimerName.JOIN);
            Duration passed = Duration.ofMillis(fixture.passToDeadline());
            assertThat(passed).isEqualTo(config.extended().joinTimeout());
            assertThat(fixture.events()).containsExactly("0: REFUSED");
        }
    }

    /** Several at the same time: each does what it has to, and who leaves the session meanwhile keeps no other from it. */
    @Test
    void shouldFireAllThatAreDue() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            fixture.join(10);
            fixture.events();
            fixture.sendAndTransmit(100_000);
            fixture.passMillis(60_000);

            fixture.session.onTimeout(fixture.nowNanos());

            assertThat(fixture.events()).containsExactly("0: STALE", "1: STALE");
            assertThat(fixture.transmit()).contains("0: ping", "1: ping");
        }
    }

    /** The base profile's own: no subflow delivers, and the lowest frame is tried again. */
    @Test
    void shouldSetWhatOnlyOneProfileWaitsFor() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow subflow = fixture.subflow(10);
            fixture.sendAndTransmit(100);
            assertThat(next(fixture)).isEqualTo(TimerName.STALE);
            fixture.passToDeadline();
            fixture.transmit();
            assertThat(next(fixture)).isEqualTo(TimerName.LAST_RESORT);
            fixture.receive(subflow, ControlFrame.PONG);
            assertThat(next(fixture)).isNotEqualTo(TimerName.LAST_RESORT);
        }
    }

    @Test
    void shouldNotWaitLongerThanItLingers() {
        try (SessionFixture fixture = new SessionFixture()) {
            fixture.send(100);
            fixture.session.close(fixture.nowNanos());
            assertThat(next(fixture)).isEqualTo(TimerName.LINGER);
            fixture.passToDeadline();
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();
        }
    }
}
