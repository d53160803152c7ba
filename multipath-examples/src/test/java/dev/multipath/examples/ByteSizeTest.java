package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "500, 500",
        "500b, 500",
        "500k, 500000",
        "500kB, 500000",
        "64MiB, 67108864",
        "64mib, 67108864",
        "64Mi, 67108864",
        "1GiB, 1073741824",
        "2 GB, 2000000000",
        "1TiB, 1099511627776",
        "8388607TiB, 9223370937343148032"
    })
    void shouldParseWhatPeopleWrite(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "0",
                "0MiB",
                "-1",
                "1.5MiB",
                "MiB",
                "5x",
                "5ib",
                "64MiBs",
                "9999999TiB",
                "99999999999999999999",
                "0x10",
                "1e6"
            })
    void shouldRefuseWhatIsNoSize(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
