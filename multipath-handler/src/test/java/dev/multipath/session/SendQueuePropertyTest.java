package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

class SendQueuePropertyTest {

    /** Some writes of so many bytes, then some frames of at most so many. */
    record Step(int writes, int writeBytes, int frames, int maxFrameBytes) {
        int frameBytes() {
            return maxFrameBytes - maxFrameBytes / 3;
        }
    }

    @Provide
    Arbitrary<Step> steps() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 20),
                        Arbitraries.oneOf(
                                Arbitraries.integers().between(0, 100),
                                Arbitraries.integers().between(8_000, 9_000),
                                Arbitraries.integers().between(0, 50_000)),
                        Arbitraries.integers().between(0, 20),
                        Arbitraries.oneOf(
                                Arbitraries.integers().between(1, 100),
                                Arbitraries.integers().between(4 << 10, 64 << 10)))
                .as(Step::new);
    }

    @Property(tries = 300)
    void shouldCutTheSameBytesInTheSameOrder(@ForAll @Size(max = 20) List<@From("steps") Step> steps) {
        Random random = new Random(1);
        SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
        List<ByteBuf> buffers = new ArrayList<>();
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ByteArrayOutputStream cut = new ByteArrayOutputStream();
        for (Step step : steps) {
            for (int i = 0; i < step.writes; i++) {
                byte[] bytes = new byte[step.writeBytes];
                random.nextBytes(bytes);
                written.writeBytes(bytes);
                ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
                buffers.add(buffer);
                queue.add(buffer);
            }
            for (int i = 0; i < step.frames && !queue.isEmpty(); i++) {
                ByteBuf payload = queue.cut(step.frameBytes(), step.maxFrameBytes);
                assertThat(payload.readableBytes()).isBetween(1, step.maxFrameBytes);
                cut.writeBytes(ByteBufUtil.getBytes(payload));
                payload.release();
            }
            assertThat(queue.bytes()).isEqualTo(written.size() - cut.size());
            assertThat(queue.isEmpty()).isEqualTo(written.size() == cut.size());
        }
        assertThat(cut.toByteArray()).isEqualTo(Arrays.copyOf(written.toByteArray(), cut.size()));
        queue.release();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(buffers).allMatch(buffer -> buffer == Unpooled.EMPTY_BUFFER || buffer.refCnt() == 0);
    }

    @Property(tries = 100)
    void shouldNeedFewFramesWhenWritesAreSmall(
            @ForAll @Size(min = 1, max = 500) List<@From("smallWrites") Integer> writes) {
        SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
        writes.forEach(bytes -> queue.add(SessionFixture.buffer(bytes)));
        long bytes = queue.bytes();
        int maxFrameBytes = 4096;
        int frames = 0;
        while (!queue.isEmpty()) {
            queue.cut(maxFrameBytes, maxFrameBytes).release();
            frames++;
        }

        // A frame ends only before a write that does not fit, so two together are fuller than one may be.
        assertThat(frames).isLessThanOrEqualTo((int) (2 * bytes / maxFrameBytes) + 1);
    }

    @Example
    void shouldNotLeaveASmallRestOfABuffer() {
        SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
        ByteBuf whole = SessionFixture.buffer(64 << 10);
        queue.add(whole);
        queue.add(SessionFixture.buffer(64 << 10));

        ByteBuf first = queue.cut(48 << 10, 64 << 10);
        assertThat(first).isSameAs(whole);
        first.release();
        // No more than what may be sent.
        ByteBuf second = queue.cut(48 << 10, 60 << 10);
        assertThat(second.readableBytes()).isEqualTo(48 << 10);
        second.release();
        queue.release();
    }

    @Example
    void shouldPutLargeBuffersIntoOneFrameAsTheyAre() {
        SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
        List<ByteBuf> buffers = queueOf(queue, 16 << 10, 16 << 10, 16 << 10, 16 << 10, 16 << 10);

        CompositeByteBuf frame = (CompositeByteBuf) queue.cut(52 << 10, 64 << 10);

        assertThat(frame.readableBytes()).isEqualTo(64 << 10);
        assertThat(frame.numComponents()).isEqualTo(4);
        for (int i = 0; i < 4; i++) {
            assertThat(frame.internalComponent(i).memoryAddress())
                    .isEqualTo(buffers.get(i).memoryAddress());
        }
        frame.release();
        assertThat(buffers.subList(0, 4)).allMatch(buffer -> buffer.refCnt() == 0);
        queue.release();
    }

    @Example
    void shouldCopyTheSmallOnesBetweenThemTogether() {
        SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
        queueOf(queue, 16 << 10, 10, 20, 16 << 10, 30, 40);

        CompositeByteBuf frame = (CompositeByteBuf) queue.cut(48 << 10, 64 << 10);

        assertThat(queue.isEmpty()).isTrue();
        assertThat(frame.numComponents()).isEqualTo(4);
        assertThat(frame.internalComponent(1).readableBytes()).isEqualTo(30);
        assertThat(frame.internalComponent(3).readableBytes()).isEqualTo(70);
        frame.release();
    }

    /** On a slow path, or one of which nothing is known yet, what is large enough by itself goes by itself. */
    @Example
    void shouldPutNoMoreIntoAFrameThanItsPathShouldCarry() {
        SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
        List<ByteBuf> buffers = queueOf(queue, 16 << 10, 16 << 10, 10 << 10, 10 << 10, 10 << 10);

        for (ByteBuf buffer : buffers.subList(0, 2)) {
            ByteBuf frame = queue.cut(16 << 10, 64 << 10);
            assertThat(frame).isSameAs(buffer);
            frame.release();
        }
        ByteBuf frame = queue.cut(16 << 10, 64 << 10);
        assertThat(frame.readableBytes()).isEqualTo(20 << 10);
        frame.release();
        queue.release();
    }

    private static List<ByteBuf> queueOf(SendQueue queue, int... sizes) {
        List<ByteBuf> buffers = new ArrayList<>();
        for (int bytes : sizes) {
            ByteBuf buffer =
                    UnpooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeZero(bytes);
            buffers.add(buffer);
            queue.add(buffer);
        }
        return buffers;
    }

    @Provide
    Arbitrary<Integer> smallWrites() {
        return Arbitraries.integers().between(1, 4096);
    }
}
