package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PeerTextTest {
    @Test
    void shouldLeaveWordsAsTheyAre() {
        for (String text : new String[] {"", "no space left", "zu groß: 5 µs", "満員", "\uD83D\uDE80 \\u001b"}) {
            assertThat(PeerText.escape(text)).isSameAs(text);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1b, \\u001b",
        "0, \\u0000",
        "a, \\u000a",
        "d, \\u000d",
        "9, \\u0009",
        "7f, \\u007f",
        "85, \\u0085",
        "9b, \\u009b",
        "2028, \\u2028",
        "2029, \\u2029",
        "61c, \\u061c",
        "200e, \\u200e",
        "200f, \\u200f",
        "202a, \\u202a",
        "202e, \\u202e",
        "2066, \\u2066",
        "2069, \\u2069",
        "feff, \\ufeff",
        "d800, \\ud800",
        "dfff, \\udfff",
        "e0001, \\u{e0001}"
    })
    void shouldEscapeWhatATerminalObeys(String hexadecimal, String escaped) {
        String character = Character.toString(Integer.parseInt(hexadecimal, 16));

        assertThat(PeerText.escape("a" + character + "b")).isEqualTo("a" + escaped + "b");
    }

    @Test
    void shouldShowFramesWithTheirReasonsEscaped() {
        String words = "\u001b[2J";

        assertThat(new ResetFrame(256, words)).hasToString("ResetFrame[code=256, reason=\\u001b[2J]");
        assertThat(new PathCloseFrame(3, 256, words))
                .hasToString("PathCloseFrame[pathId=3, code=256, reason=\\u001b[2J]");
        assertThat(new ResetFrame(256, words).reason()).isEqualTo(words);
    }
}
