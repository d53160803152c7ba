package dev.multipath.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void shouldWriteWhatItIsGiven() {
        String text = new Json()
                .beginObject()
                .put("count", 2)
                .put("yes", true)
                .put("none", (String) null)
                .putMicros("rtt", Duration.ofNanos(1_234_567))
                .putMicros("unknown", null)
                .putAll("words", List.of("d", "e"))
                .beginArray("list")
                .beginObject()
                .put("a", "b")
                .endObject()
                .beginObject()
                .endObject()
                .endArray()
                .beginObject("inner")
                .put("c", -1)
                .endObject()
                .endObject()
                .toString();
        assertThat(text)
                .isEqualTo("{\"count\":2,\"yes\":true,\"none\":null,\"rtt\":1234,\"unknown\":null,"
                        + "\"words\":[\"d\",\"e\"],\"list\":[{\"a\":\"b\"},{}],\"inner\":{\"c\":-1}}");
    }

    @Test
    void shouldLeaveNothingThatCouldBeTakenForMarkupOrALineBreak() {
        String text = new Json()
                .beginObject()
                .put("x", "<\"\\\n\u2028é&'>")
                .endObject()
                .toString();
        assertThat(text).isEqualTo("{\"x\":\"\\u003c\\u0022\\u005c\\u000a\\u2028\\u00e9\\u0026\\u0027\\u003e\"}");
    }
}
