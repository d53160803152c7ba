package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is known of a path that carries nothing, while another one does. */
class SessionRefreshTest {

    @Test
    void shouldAskAPathThatCarriesNothingWhatItIsLikeNow() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(10);
            Subflow far = fixture.join(800);
            int number = 10;
            List<String> sent;
            // Twice the round trip that it had; before, there is no question.
            while (!(sent = fixture.sendAndTransmit(100)).contains("1: ping")) {
                assertThat(sent).contains("0: frame " + number + " of 100");
                assertThat(number).isLessThan(40);
                fixture.passMillis(5);
                fixture.session.onTimeout(fixture.nowNanos());
                fixture.receiveAck(near, number + 1, number - 9);
                number++;
                fixture.passMillis(95);
            }
            assertThat(number).isGreaterThan(20);

            fixture.passMillis(15);
            fixture.receive(far, ControlFrame.PONG);

            assertThat(far.smoothedRttNanos())
                    .as("not the mean with what it was")
                    .isEqualTo(15_000_000L);
        }
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
