package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class TimeSpanTest {
    private final TimeSpan converter = new TimeSpan();

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "10, 10000",
        "10s, 10000",
        "1.5s, 1500",
        "0.25, 250",
        ".5, 500",
        "500ms, 500",
        "2m, 120000",
        "1H, 3600000"
    })
    void shouldParseWhatPeopleWrite(String text, long millis) {
        assertThat(converter.convert(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void shouldKnowNever() {
        assertThat(converter.convert("never").toNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldSaturateWhenNobodyWaitsThatLong() {
        assertThat(converter.convert("999999999h")).isEqualTo(TimeSpan.NEVER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "s", ".", "1.", "1d", "1.2345", "ten", "1 s s", "9999999999"})
    void shouldRefuseWhatIsNoTime(String text) {
        assertThatThrownBy(() -> converter.convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
