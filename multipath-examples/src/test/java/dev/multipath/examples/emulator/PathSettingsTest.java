package dev.multipath.examples.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PathSettingsTest {

    @Test
    void shouldHaveAQueueOfAHundredMillisecondsWhenNoneIsGiven() {
        PathSettings settings = PathSettings.ofMbit(80, Duration.ofMillis(5));

        assertThat(settings).isEqualTo(new PathSettings(80_000_000, Duration.ofMillis(5), 1_000_000));
    }

    @Test
    void shouldChangeOneValueOnlyWhenAskedTo() {
        PathSettings settings = new PathSettings(1_000_000, Duration.ofMillis(5), 10_000);

        assertThat(settings.withRateMbit(2)).isEqualTo(new PathSettings(2_000_000, Duration.ofMillis(5), 10_000));
        assertThat(settings.withOneWayDelay(Duration.ZERO))
                .isEqualTo(new PathSettings(1_000_000, Duration.ZERO, 10_000));
        assertThat(settings.withQueue(Duration.ofMillis(8)))
                .isEqualTo(new PathSettings(1_000_000, Duration.ofMillis(5), 1000));
    }

    @Test
    void shouldNameTheValueWhenItCannotBe() {
        PathSettings settings = PathSettings.unlimited();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withRateBitsPerSecond(-1))
                .withMessageContaining("rateBitsPerSecond: -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withRateMbit(Double.NaN))
                .withMessageContaining("rateMbit: NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withOneWayDelay(Duration.ofMillis(-1)))
                .withMessageContaining("oneWayDelay");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withOneWayDelay(Duration.ofDays(1)))
                .withMessageContaining("oneWayDelay");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withQueueBytes(0))
                .withMessageContaining("queueBytes: 0");
    }
}
