package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerIdTest {

    @ParameterizedTest
    @CsvSource({
        "00,0,1",
        "7f,127,1",
        "ff,255,1",
        "0001,1,2",
        "ffffff,16777215,3",
        "ffffffff,-1,4",
        "80000000,-2147483648,4"
    })
    void shouldReadWhatItWrites(String hex, int value, int lengthBytes) {
        ServerId serverId = new ServerId(value, lengthBytes);

        assertThat(serverId).hasToString(hex);
        assertThat(ServerId.parse(hex)).isEqualTo(serverId);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "123", "0g", "+1", " 1", "0x", "0102030405"})
    void shouldReadNothingElse(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> ServerId.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0,5", "0,-1", "256,1", "-1,1", "65536,2", "-1,3", "16777216,3"})
    void shouldHaveNoMoreBytesThanItSays(int value, int lengthBytes) {
        assertThatIllegalArgumentException().isThrownBy(() -> new ServerId(value, lengthBytes));
    }
}
