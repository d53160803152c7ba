package dev.multipath.examples.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class SeededStreamTest {

    @Test
    void shouldBeSplitMix64WithTheLowestByteFirst() {
        // The reference generator's first two words for seed 1234567.
        assertThat(new SeededStream(1234567).next(16)).isEqualTo(reversedWords("599ed017fb08fc85", "2c73f08458540fa5"));
    }

    @Test
    void shouldGiveTheSameBytesHoweverTheyAreTaken() {
        final SeededStream stream = new SeededStream(7);
        final byte[] whole = new SeededStream(7).next(100);
        int at = 0;
        for (int part = 1; at + part <= whole.length; part++) {
            assertThat(stream.next(part)).isEqualTo(Arrays.copyOfRange(whole, at, at + part));
            at += part;
        }
    }

    private static byte[] reversedWords(final String... words) {
        final byte[] bytes = new byte[words.length * Long.BYTES];
        for (int word = 0; word < words.length; word++) {
            final byte[] highestFirst = HexFormat.of().parseHex(words[word]);
            for (int i = 0; i < Long.BYTES; i++) {
                bytes[word * Long.BYTES + i] = highestFirst[Long.BYTES - 1 - i];
            }
        }
        return bytes;
    }
}
