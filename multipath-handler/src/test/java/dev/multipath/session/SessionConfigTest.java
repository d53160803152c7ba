package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SessionConfigTest {

    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** A configuration in which one time is another. */
    record Time(String name, UnaryOperator<Duration> config) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static SessionConfig config(Duration linger, Duration probe, Duration resumption, Duration join) {
        return new SessionConfig(
                1 << 20,
                1 << 20,
                1 << 16,
                linger,
                probe,
                new ExtendedConfig(true, false, resumption, 1 << 16, join, 16, false));
    }

    static Stream<Time> times() {
        Duration usual = Duration.ofSeconds(1);
        return Stream.of(
                new Time("linger", time -> config(time, usual, usual, usual).linger()),
                new Time("probeInterval", time -> config(usual, time, usual, usual)
                        .probeInterval()),
                new Time(
                        "resumptionTimeout",
                        time -> config(usual, usual, time, usual).extended().resumptionTimeout()),
                new Time(
                        "joinTimeout",
                        time -> config(usual, usual, usual, time).extended().joinTimeout()));
    }

    @ParameterizedTest
    @MethodSource("times")
    void shouldRefuseTimesThatNanosecondsCannotHold(Time time) {
        assertThat(time.config.apply(LONGEST)).isEqualTo(LONGEST);
        for (Duration refused : new Duration[] {
            Duration.ofNanos(-1),
            LONGEST.plusNanos(1),
            Duration.ofNanos(Long.MAX_VALUE),
            Duration.ofSeconds(Long.MAX_VALUE)
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> time.config.apply(refused))
                    .withMessageContaining(time.name);
        }
    }

    @Test
    void shouldWaitWithTheLongestTimes() {
        try (ExtendedFixture server =
                new ExtendedFixture(SessionRole.SERVER, config(LONGEST, LONGEST, LONGEST, LONGEST))) {
            server.fail(server.first(10));
            assertThat(server.run(1_000_000)).isEmpty();
            assertThat(server.session.isSuspended()).isTrue();
            assertThat(server.session.nextDeadlineNanos()).isGreaterThan(server.nowNanos());

            Subflow joining = server.freshSubflow();
            server.receive(joining, ControlFrame.EXTENDED);
            server.session.close(server.nowNanos());
            assertThat(server.run(1_000_000)).noneMatch(words -> words.contains("reset"));
            assertThat(server.session.isDrained(server.nowNanos())).isFalse();
            assertThat(joining.state()).isEqualTo(SubflowState.JOINING);
        }
    }

    private static SessionConfig sizes(int sendBuffer, int receiveBuffer, int maxFrame, int window, int subflows) {
        return new SessionConfig(
                sendBuffer,
                receiveBuffer,
                maxFrame,
                Duration.ZERO,
                Duration.ofMillis(1),
                new ExtendedConfig(true, false, Duration.ZERO, window, Duration.ofNanos(1), subflows, false));
    }

    /** The least and the most of each that is taken, and what is not. */
    @Test
    void shouldTakeSizesWithinTheirRangesOnly() {
        int frame = DataFrame.MAX_PAYLOAD_BYTES;
        int window = (int) WindowLimits.INITIAL_CREDIT_BYTES;
        assertThat(sizes(1, frame, 1, window, 1).maxFrameBytes()).isOne();
        assertThat(sizes(1, frame, frame, window, 1).maxFrameBytes()).isEqualTo(frame);
        assertThatIllegalArgumentException().isThrownBy(() -> sizes(0, frame, 1, window, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> sizes(1, frame - 1, 1, window, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> sizes(1, frame, 0, window, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> sizes(1, frame, frame + 1, window, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> sizes(1, frame, 1, window - 1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> sizes(1, frame, 1, window, 0));
    }
}
