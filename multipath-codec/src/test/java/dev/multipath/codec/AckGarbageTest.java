package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What reading an acknowledgement leaves to the collector: by the bytes that this thread allocates, not by time. */
class AckGarbageTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int FRAMES = 20_000;
    private static final CumulativeAckFrame USUAL = new CumulativeAckFrame(1000, 1 << 20, 500, 250);

    private static ByteBuf payload(CumulativeAckFrame frame) {
        ByteBuf payload = Unpooled.buffer(64);
        ExtendedFrameEncoding.writePayload(frame, payload);
        return payload;
    }

    @Test
    void shouldMakeNothingButTheFrame() {
        ByteBuf payload = payload(USUAL);
        read(payload);
        long before = THREADS.getCurrentThreadAllocatedBytes();

        read(payload);

        // The frame has 48 bytes.
        assertThat((THREADS.getCurrentThreadAllocatedBytes() - before) / FRAMES).isLessThan(64);
        payload.release();
    }

    private static void read(ByteBuf payload) {
        for (int i = 0; i < FRAMES; i++) {
            payload.readerIndex(0);
            if (ExtendedFrameDecoding.usualAck(payload) == null) {
                throw new AssertionError("it is a usual one");
            }
        }
    }

    @Test
    void shouldReadWhatTheFrameSays() {
        ByteBuf payload = payload(USUAL);
        assertThat(ExtendedFrameDecoding.usualAck(payload)).isEqualTo(USUAL);
        assertThat(payload.isReadable()).isFalse();
        payload.release();
    }

    @Test
    void shouldLeaveAllElseAsItIs() {
        assertIsLeft(payload(new CumulativeAckFrame(1000, 1 << 20, new long[] {1002, 1003}, 500, 250)));
        ByteBuf whole = payload(USUAL);
        for (int cut = 1; cut <= whole.readableBytes(); cut++) {
            assertIsLeft(whole.copy(0, whole.readableBytes() - cut));
        }
        // The number of a control frame.
        assertIsLeft(whole.setShort(0, 0x4001));
    }

    private static void assertIsLeft(ByteBuf payload) {
        assertThat(ExtendedFrameDecoding.usualAck(payload)).isNull();
        assertThat(payload.readerIndex()).isZero();
        payload.release();
    }
}
