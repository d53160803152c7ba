package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import dev.multipath.session.ReceiveWindow.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;

class ReceiveWindowPropertyTest {

    private static final int LIMIT_BYTES = 5_000;
    private static final int MAX_FRAME_BYTES = 300;

    /**
     * A run of frames, or of polls.
     *
     * @param ahead where the first frame is, from the one that is expected
     * @param stride from one frame to the next
     * @param polls how many buffers the application reads afterwards
     */
    record Step(int ahead, int stride, int frames, int bytes, int polls) {}

    @Provide
    Arbitrary<Step> steps() {
        Arbitrary<Integer> ahead = Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.just(0)),
                Tuple.of(4, Arbitraries.integers().between(-10, 20)),
                Tuple.of(1, Arbitraries.integers().between(3_000, 5_000)));
        return Combinators.combine(
                        ahead,
                        Arbitraries.integers().between(-3, 3),
                        Arbitraries.integers().between(0, 200),
                        Arbitraries.integers().between(1, MAX_FRAME_BYTES),
                        Arbitraries.integers().between(0, 100))
                .as(Step::new);
    }

    @Property(tries = 500)
    void shouldBehaveLikeAMapOfFramesFromWhichTheNextIsTaken(@ForAll @Size(max = 40) List<@From("steps") Step> steps) {
        ReceiveWindow window = new ReceiveWindow(LIMIT_BYTES, UnpooledByteBufAllocator.DEFAULT);
        Model model = new Model();
        List<ByteBuf> payloads = new ArrayList<>();
        for (Step step : steps) {
            long number = Math.max(DataFrame.FIRST_FRAME_NUMBER, model.nextExpected + step.ahead);
            for (int i = 0; i < step.frames && number >= DataFrame.FIRST_FRAME_NUMBER; i++) {
                ByteBuf payload = SessionFixture.buffer(step.bytes);
                payloads.add(payload);
                Verdict expected = model.offer(number, payload);
                assertThat(window.offer(number, payload)).isEqualTo(expected);
                assertThat(payload.refCnt()).isEqualTo(expected == Verdict.ACCEPTED ? 1 : 0);
                assertThat(window.readableBytes() + window.waitingBytes())
                        .isLessThanOrEqualTo(LIMIT_BYTES + MAX_FRAME_BYTES);
                number += step.stride;
            }
            for (int i = 0; i < step.polls; i++) {
                ByteBuf polled = window.poll();
                assertThat(polled).isSameAs(model.readable.poll());
                if (polled != null) {
                    polled.release();
                }
            }
            model.compare(window);
        }
        window.release();
        assertThat(payloads).allMatch(payload -> payload.refCnt() == 0);
    }

    private static final class Model {
        private long nextExpected = DataFrame.FIRST_FRAME_NUMBER;
        private final Map<Long, ByteBuf> waiting = new HashMap<>();
        private final ArrayDeque<ByteBuf> readable = new ArrayDeque<>();

        Verdict offer(long number, ByteBuf payload) {
            if (number < nextExpected || waiting.containsKey(number)) {
                return Verdict.DUPLICATE;
            }
            long heldBytes = bytes(readable) + bytes(waiting.values());
            boolean fits = number == nextExpected
                    ? readable.isEmpty() || heldBytes < LIMIT_BYTES
                    : heldBytes + payload.readableBytes() <= LIMIT_BYTES;
            if (!fits || number >= nextExpected + WindowLimits.MAX_FRAMES) {
                return Verdict.DROPPED;
            }
            waiting.put(number, payload);
            while (waiting.containsKey(nextExpected)) {
                readable.add(waiting.remove(nextExpected));
                nextExpected++;
            }
            return Verdict.ACCEPTED;
        }

        void compare(ReceiveWindow window) {
            assertThat(window.nextExpected()).isEqualTo(nextExpected);
            assertThat(window.ranges(1)).hasSize(waiting.isEmpty() ? 0 : 2);
            assertThat(window.waitingBytes()).isEqualTo(bytes(waiting.values()));
            assertThat(window.readableBytes()).isEqualTo(bytes(readable));
        }

        private static long bytes(Iterable<ByteBuf> buffers) {
            long bytes = 0;
            for (ByteBuf buffer : buffers) {
                bytes += buffer.readableBytes();
            }
            return bytes;
        }
    }
}
