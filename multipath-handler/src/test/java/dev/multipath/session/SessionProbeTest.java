package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Subflows that are silent are asked whether they live. */
class SessionProbeTest {

    private final SessionFixture fixture = new SessionFixture();

    @Test
    void shouldPingASubflowThatHasBeenSilent() {
        Subflow subflow = fixture.subflow(10);
        long passed = fixture.passToDeadline();

        assertThat(passed).isBetween(29_000L, 60_000L);
        assertThat(fixture.transmit()).containsExactly("0: ping");
        fixture.receive(subflow, ControlFrame.PONG);
        fixture.passToDeadline();
        assertThat(fixture.transmit()).containsExactly("0: ping");
    }

    /** NATs forget it else. */
    @Test
    void shouldNotLetASubflowBeSilentForLongerThanTheInterval() {
        Subflow subflow = fixture.subflow(10);
        for (int i = 0; i < 100; i++) {
            fixture.passMillis(i * 200);
            fixture.session.onTimeout(fixture.nowNanos());
            if (fixture.transmit().contains("0: ping")) {
                fixture.receive(subflow, ControlFrame.PONG);
            }
            long silentSinceNanos = subflow.heardAtNanos();
            while (!fixture.transmit().contains("0: ping")) {
                fixture.passToDeadline();
            }
            assertThat(fixture.nowNanos() - silentSinceNanos).isBetween(30_000_000_000L, 60_000_000_000L);
            fixture.receive(subflow, ControlFrame.PONG);
        }
    }

    @Test
    void shouldPingWhatWasNotHeardOfLatelyWhenAnotherSubflowJoins() {
        fixture.subflow(10);
        Subflow lively = fixture.subflow(10);
        fixture.passMillis(100);
        fixture.receive(lively, ControlFrame.of(2));
        fixture.freshSubflow();

        assertThat(fixture.transmit()).contains("0: ping", "2: ping").doesNotContain("1: ping");
    }

    @Test
    void shouldNotPingASubflowThatWasHeardOfLately() {
        Subflow subflow = fixture.subflow(10);
        long probeAtNanos = fixture.session.nextDeadlineNanos();
        while (fixture.nowNanos() + 1000 * SessionFixture.MILLISECOND < probeAtNanos) {
            fixture.passMillis(1000);
            fixture.receive(subflow, ControlFrame.of(2));
        }

        fixture.passToDeadline();

        assertThat(fixture.transmit()).isEmpty();
        assertThat(fixture.session.nextDeadlineNanos()).isGreaterThan(fixture.nowNanos());
    }

    @Test
    void shouldCallAnIdleSubflowStaleWhenAPingIsNotAnsweredUnlessItIsTheOnlyOne() {
        fixture.freshSubflow();
        fixture.transmit();
        fixture.passMillis(5000);
        fixture.session.onTimeout(fixture.nowNanos());
        assertThat(fixture.events()).containsExactly("0: ADDED");

        fixture.subflow(10);
        fixture.session.onTimeout(fixture.nowNanos());

        assertThat(fixture.events()).containsExactly("0: STALE");
    }

    @AfterEach
    void release() {
        fixture.close();
    }
}
