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

    private final UsualAck ack = new UsualAck();

    private static ByteBuf payload(CumulativeAckFrame frame) {
        ByteBuf payload = Unpooled.buffer(64);
        ExtendedFrameEncoding.writePayload(frame, payload);
        return payload;
    }

    @Test
    void shouldMakeNothing() {
        ByteBuf payload = payload(USUAL);
        read(payload);
        long before = THREADS.getCurrentThreadAllocatedBytes();

        read(payload);

        // Not one byte a frame.
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(FRAMES);
        payload.release();
    }

    private void read(ByteBuf payload) {
        for (int i = 0; i < FRAMES; i++) {
            payload.readerIndex(0);
            if (!ack.read(payload, payload.readableBytes())) {
                throw new AssertionError("it is a usual one");
            }
        }
    }

    @Test
    void shouldReadWhatTheFrameSays() {
        ByteBuf payload = payload(USUAL);
        assertThat(ack.read(payload, payload.readableBytes())).isTrue();
        assertThat(ack.toFrame()).isEqualTo(USUAL);
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
        // A byte more, of a newer peer; and a byte that is of the next frame.
        assertIsLeft(Unpooled.wrappedBuffer(whole.copy(), Unpooled.wrappedBuffer(new byte[1])));
        assertThat(ack.read(whole, whole.readableBytes() - 1)).isFalse();
        assertThat(whole.readerIndex()).isZero();
        // The number of a control frame.
        assertIsLeft(whole.setShort(0, 0x4001));
    }

    private void assertIsLeft(ByteBuf payload) {
        assertThat(ack.read(payload, payload.readableBytes())).isFalse();
        assertThat(payload.readerIndex()).isZero();
        payload.release();
    }
}
