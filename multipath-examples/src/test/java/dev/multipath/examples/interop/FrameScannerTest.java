package dev.multipath.examples.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameScannerTest {

    private static final byte[] PREFACE_AND_FRAMES = HexFormat.of()
            .parseHex("00" + "00112233445566778899aabbccddeeff" // preface
                    + "0001" // pong
                    + "030a414243" // frame 10, three bytes
                    + "00400a" // ack of 10 in two bytes
                    + "4002800000ff4445"); // frame 255 in four bytes, size 2 in two

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void shouldFindTheSameFramesInAnySplit(final int partBytes) {
        final List<String> found = new ArrayList<>();
        final FrameScanner scanner = new FrameScanner();
        for (int at = 0; at < PREFACE_AND_FRAMES.length; at += partBytes) {
            final byte[] part =
                    Arrays.copyOfRange(PREFACE_AND_FRAMES, at, Math.min(at + partBytes, PREFACE_AND_FRAMES.length));
            scanner.scan(part, part.length, recorder(found, at));
        }
        assertThat(found)
                .containsExactly(
                        "boundary 17",
                        "ack 1",
                        "boundary 19",
                        "data 10 of 3",
                        "end 10",
                        "boundary 24",
                        "ack 10",
                        "boundary 27",
                        "data 255 of 2",
                        "end 255",
                        "boundary 35");
    }

    @Test
    void shouldNotEndAFrameWhoseLastByteIsMissing() {
        final List<String> found = new ArrayList<>();
        new FrameScanner().scan(PREFACE_AND_FRAMES, PREFACE_AND_FRAMES.length - 1, recorder(found, 0));
        assertThat(found).contains("data 255 of 2").doesNotContain("end 255", "boundary 35");
    }

    private static FrameScanner.Listener recorder(final List<String> found, final int offset) {
        return new FrameScanner.Listener() {
            @Override
            public void dataHeader(final long frameNumber, final long payloadBytes) {
                found.add("data " + frameNumber + " of " + payloadBytes);
            }

            @Override
            public void dataEnd(final long frameNumber) {
                found.add("end " + frameNumber);
            }

            @Override
            public void ack(final long frameNumber) {
                found.add("ack " + frameNumber);
            }

            @Override
            public void boundary(final int at) {
                found.add("boundary " + (offset + at));
            }
        };
    }
}
