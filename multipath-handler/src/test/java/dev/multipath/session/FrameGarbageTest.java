package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.session.SentFrame.Transmission;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What bulk leaves to the collector, beside the message for the channel: by the bytes that this thread allocates, not by time. */
class FrameGarbageTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int FRAMES = 20_000;
    private static final int IN_FLIGHT = 20;

    private final SendWindow window = new SendWindow();
    private final SubflowControl subflow =
            new SubflowControl(0, StatsTracker.NONE, Handshake.none(), new BandwidthDelayControl(), new Lateness(), 0);
    private final ByteBuf payload = SessionFixture.buffer(100);
    private long nowNanos;

    @Test
    void shouldUseAFrameAndItsCopyAgainWhenBothAreForgotten() {
        window.underCount();
        bulk(FRAMES);
        long before = THREADS.getCurrentThreadAllocatedBytes();

        bulk(FRAMES);

        // Not one byte a frame: the frame and its copy took some 130.
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(FRAMES);
        window.release();
        assertThat(payload.refCnt()).isOne();
        payload.release();
    }

    /** The composite and a component for each write, but no copy, no array and no view of their bytes. */
    @Test
    void shouldMakeLittleOfAFrameOfSeveralWrites() {
        // Without the leak detector, whose records are garbage too.
        ByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
        ByteBuf write = allocator.directBuffer(16 << 10).writeZero(16 << 10);
        SendQueue queue = new SendQueue(allocator);
        cutFrames(queue, write);
        long before = THREADS.getCurrentThreadAllocatedBytes();

        cutFrames(queue, write);

        // Measured: 304. There is room for an iterator, which not every compiler does without.
        assertThat((THREADS.getCurrentThreadAllocatedBytes() - before) / FRAMES).isLessThan(352);
        write.release();
    }

    /** Nothing at all, though others wait behind it. */
    @Test
    void shouldMakeNothingOfAFrameOfOneWrite() {
        ByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
        ByteBuf write = allocator.directBuffer(64 << 10).writeZero(64 << 10);
        SendQueue queue = new SendQueue(allocator);
        cutWrites(queue, write);
        long before = THREADS.getCurrentThreadAllocatedBytes();

        cutWrites(queue, write);

        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(FRAMES);
        write.release();
    }

    private static void cutWrites(SendQueue queue, ByteBuf write) {
        queue.add(write.retain());
        for (int i = 0; i < FRAMES; i++) {
            queue.add(write.retain());
            queue.cut(52 << 10, 64 << 10).release();
        }
        queue.release();
    }

    private static void cutFrames(SendQueue queue, ByteBuf write) {
        for (int i = 0; i < FRAMES; i++) {
            for (int part = 0; part < 4; part++) {
                queue.add(write.retain());
            }
            ByteBuf frame = queue.cut(52 << 10, 64 << 10);
            if (frame.readableBytes() != 64 << 10) {
                throw new AssertionError(frame);
            }
            frame.release();
        }
    }

    /** Another subflow's acknowledgement has freed the frame, but its copy here is not told of. */
    @Test
    void shouldNotUseAFrameAgainWhileACopyIsNotToldOf() {
        window.underCount();
        SentFrame waiting = window.add(payload.retain());
        subflow.onSent(waiting, nowNanos);
        window.acknowledge(waiting.frameNumber, waiting.frameNumber + 1);
        long number = waiting.frameNumber;
        SubflowControl other = new SubflowControl(
                1, StatsTracker.NONE, Handshake.none(), new BandwidthDelayControl(), new Lateness(), 0);

        for (int i = 0; i < 100; i++) {
            SentFrame frame = window.add(payload.retain());
            assertThat(frame).isNotSameAs(waiting);
            other.onSent(frame, nowNanos);
            window.acknowledge(frame.frameNumber, frame.frameNumber + 1);
            other.flight().pollReceivedByPeer(other.flight().sentFrames());
        }

        Transmission copy = subflow.flight().pollReceivedByPeer(1);
        assertThat(copy.frame).isSameAs(waiting);
        assertThat(copy.frame.frameNumber).isEqualTo(number);
        payload.release();
    }

    @Test
    void shouldNotUseAFrameAgainThatWaitsToBeRepeated() {
        SentFrame frame = window.add(payload.retain());
        frame.queuedFor = dev.multipath.metrics.RepetitionCause.FAILURE;
        window.acknowledge(frame.frameNumber, frame.frameNumber + 1);

        assertThat(frame.isForgotten()).isFalse();
        frame.queuedFor = null;
        assertThat(frame.isForgotten()).isTrue();
        payload.release();
    }

    private void bulk(int frames) {
        for (int i = 0; i < frames; i++) {
            nowNanos += 1_000;
            SentFrame frame = window.add(payload.retain());
            subflow.onSent(frame, nowNanos);
            Transmission copy = i < IN_FLIGHT
                    ? null
                    : subflow.flight().pollReceivedByPeer(subflow.flight().sentFrames() - IN_FLIGHT);
            if (copy != null) {
                subflow.onDelivered(copy, 10_000, nowNanos);
                window.acknowledge(copy.frame.frameNumber, copy.frame.frameNumber + 1);
            }
        }
    }
}
