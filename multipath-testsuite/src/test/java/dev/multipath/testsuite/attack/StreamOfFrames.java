package dev.multipath.testsuite.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** What comes over some subflows together, each frame once, in the order of their numbers. */
final class StreamOfFrames {

    private final ConcurrentSkipListMap<Long, byte[]> frames = new ConcurrentSkipListMap<>();
    private final AtomicLong received = new AtomicLong();
    private volatile boolean ended;

    /** Reads them from now on. */
    StreamOfFrames(Arena arena, Connection... subflows) {
        for (Connection subflow : subflows) {
            arena.start(() -> {
                while (true) {
                    Frame frame = subflow.await(any -> any.isData() || any.isExtended(Wire.FIN));
                    received.incrementAndGet();
                    if (frame.isData()) {
                        frames.put(frame.number(), frame.payload());
                    } else {
                        ended = true;
                    }
                }
            });
        }
    }

    /** Acknowledges what has come, if it is only this one over which it comes, and grants so much in all. */
    void acknowledge(Connection subflow, long maxData) throws IOException {
        long frames = received.get();
        long next = Wire.FIRST;
        while (this.frames.containsKey(next)) {
            next++;
        }
        subflow.send(Wire.ack(next, maxData, Math.min(frames, next - Wire.FIRST)));
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long next = Wire.FIRST;
        for (byte[] frame = frames.get(next); frame != null; frame = frames.get(++next)) {
            bytes.writeBytes(frame);
        }
        return bytes.toByteArray();
    }

    void expect(byte[] all) {
        Arena.eventually().untilAsserted(() -> assertThat(bytes()).hasSizeGreaterThanOrEqualTo(all.length));
        assertThat(bytes()).isEqualTo(all);
    }

    void expectFin() {
        Arena.eventually().untilAsserted(() -> assertThat(ended).as("FIN").isTrue());
    }
}
