package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import org.junit.jupiter.api.Test;

/** What is known of a path that carries nothing, while another one does. */
class SessionRefreshTest {

    private static final int MOST = 40;

    @Test
    void shouldAskAPathThatWasBetterOnceWhatItIsLikeNow() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(10);
            Subflow far = fixture.join(15);
            for (int i = 0; i < 8; i++) {
                ((SubflowControl) far).onRttSample(800_000_000L, fixture.nowNanos());
            }

            // Twice the round trip that it has by the mean; before, there is no question.
            assertThat(exchangesUntilPing(fixture, near)).isBetween(9, 12);
            fixture.passMillis(15);
            fixture.receive(far, ControlFrame.PONG);

            assertThat(far.smoothedRttNanos())
                    .as("not the mean with what it was")
                    .isEqualTo(15_000_000L);
        }
    }

    /** Its first ping was lost below, and sent again: nothing would ever be sent on it, and so nothing better known. */
    @Test
    void shouldAskAPathAgainOfWhichOneAnswerIsAllThatIsKnown() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(10);
            Subflow far = fixture.join(280);

            // Twice that round trip.
            assertThat(exchangesUntilPing(fixture, near)).isBetween(5, 7);
            fixture.passMillis(40);
            fixture.receive(far, ControlFrame.PONG);

            assertThat(far.smoothedRttNanos()).isEqualTo(40_000_000L);
        }
    }

    @Test
    void shouldNotAskAPathThatWasNeverBetter() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(10);
            Subflow far = fixture.join(800);
            for (int i = 0; i < 2; i++) {
                ((SubflowControl) far).onRttSample(800_000_000L, fixture.nowNanos());
            }

            assertThat(exchangesUntilPing(fixture, near)).isEqualTo(MOST);
        }
    }

    /** One each 100 ms, over the first subflow. */
    private static int exchangesUntilPing(ExtendedFixture fixture, Subflow near) {
        int exchanges = 0;
        while (exchanges < MOST && !fixture.sendAndTransmit(100).contains("1: ping")) {
            fixture.passMillis(5);
            fixture.session.onTimeout(fixture.nowNanos());
            exchanges++;
            fixture.receiveAck(near, 10 + exchanges, exchanges);
            fixture.passMillis(95);
        }
        return exchanges;
    }

    @Test
    void shouldNotAskWhileNothingIsSentAnywhere() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            fixture.join(800);

            fixture.passMillis(5_000);
            fixture.session.onTimeout(fixture.nowNanos());

            assertThat(fixture.transmit()).doesNotContain("0: ping", "1: ping");
        }
    }
}
