package dev.multipath.testsuite.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ContentTest {

    @Test
    void shouldBeTheSameHoweverItIsCut() {
        byte[] whole = Content.bytes(7, Direction.UP, 0, 100);

        for (int from = 0; from < 20; from++) {
            assertThat(Content.bytes(7, Direction.UP, from, 60)).isEqualTo(Arrays.copyOfRange(whole, from, from + 60));
        }
    }

    @Test
    void shouldDifferBetweenSessionsAndDirections() {
        byte[] bytes = Content.bytes(7, Direction.UP, 0, 64);

        assertThat(Content.bytes(8, Direction.UP, 0, 64)).isNotEqualTo(bytes);
        assertThat(Content.bytes(7, Direction.DOWN, 0, 64)).isNotEqualTo(bytes);
    }

    @Test
    void shouldSayWhereForeignBytesAreFrom() {
        for (int offset = 1000; offset < 1020; offset++) {
            byte[] read = new byte[64];
            System.arraycopy(Content.bytes(123_456, Direction.DOWN, offset, 54), 0, read, 10, 54);

            assertThat(Content.origin(read, 10)).isEqualTo("session 123456 DOWN offset " + offset);
        }
    }

    @Test
    void shouldSayWhenBytesAreNobodys() {
        assertThat(Content.origin(new byte[64], 3)).startsWith("no stream of this run");
    }
}
