package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

class SendWindowPropertyTest {

    enum Kind {
        ADD,
        ACKNOWLEDGE_LOWEST,
        ACKNOWLEDGE_HIGHEST,
        ACKNOWLEDGE_SOMEWHERE,
        ACKNOWLEDGE_RANGE
    }

    /** So many frames at once, of so many bytes; or so many acknowledgements, beginning somewhere. */
    record Step(Kind kind, int count, int number) {}

    @Provide
    Arbitrary<Step> steps() {
        return Combinators.combine(
                        Arbitraries.of(Kind.class),
                        Arbitraries.integers().between(1, 3000),
                        Arbitraries.integers().between(1, 100))
                .as(Step::new);
    }

    @Property(tries = 200)
    void shouldBehaveLikeASortedMapOfUnacknowledgedFrames(
            @ForAll boolean underCount, @ForAll @Size(max = 30) List<@From("steps") Step> steps) {
        SendWindow window = new SendWindow();
        if (underCount) {
            window.underCount();
        }
        Model model = new Model();
        List<ByteBuf> payloads = new ArrayList<>();
        for (Step step : steps) {
            if (step.kind == Kind.ACKNOWLEDGE_RANGE) {
                // From the window's beginning or behind it, and from before it.
                long to = Math.min(model.next, model.lowest() + step.count);
                long from =
                        step.number == 1 ? DataFrame.FIRST_FRAME_NUMBER : Math.min(to, model.lowest() + step.number);
                window.acknowledge(from, to);
                model.unacknowledged.subMap(from, to).clear();
                model.compare(window);
                continue;
            }
            for (int i = 0; i < step.count; i++) {
                if (step.kind == Kind.ADD) {
                    assertThat(window.hasRoom()).isEqualTo(model.next - model.lowest() < WindowLimits.MAX_FRAMES);
                    if (!window.hasRoom()) {
                        break;
                    }
                    ByteBuf payload = SessionFixture.buffer(step.number);
                    payloads.add(payload);
                    assertThat(window.add(payload).frameNumber).isEqualTo(model.next);
                    model.add(step.number);
                } else {
                    if (model.unacknowledged.isEmpty()) {
                        break;
                    }
                    long number = model.pick(step);
                    SentFrame frame = window.get(number);
                    assertThat(frame.frameNumber).isEqualTo(number);
                    assertThat(frame.isAcknowledged()).isFalse();
                    window.acknowledge(frame);
                    model.unacknowledged.remove(number);
                    assertThat(frame.isAcknowledged()).isTrue();
                }
            }
            model.compare(window);
        }
        window.release();
        assertThat(payloads).allMatch(payload -> payload.refCnt() == 0);
    }

    /** An acknowledgement names all that came, each time: that must not cost a walk over all of it, each time. */
    @Example
    void shouldLeapOverWhatIsKnownToBeAcknowledged() {
        SendWindow window = new SendWindow();
        for (int i = 0; i < 1000; i++) {
            window.add(SessionFixture.buffer(1));
        }
        for (long to = 20; to <= 1000; to += 20) {
            window.acknowledge(15, to);
        }

        window.acknowledge(15, 1000);
        assertThat(window.get(15).acknowledgedUpTo).isEqualTo(1000);
        assertThat(window.lowest().frameNumber).isEqualTo(10);
        window.release();
    }

    private static final class Model {
        private long next = DataFrame.FIRST_FRAME_NUMBER;
        private final TreeMap<Long, Integer> unacknowledged = new TreeMap<>();
        private final TreeMap<Long, Integer> all = new TreeMap<>();

        void add(int bytes) {
            unacknowledged.put(next, bytes);
            all.put(next, bytes);
            next++;
        }

        long lowest() {
            return unacknowledged.isEmpty() ? next : unacknowledged.firstKey();
        }

        long pick(Step step) {
            long span = next - lowest();
            return switch (step.kind) {
                case ACKNOWLEDGE_HIGHEST -> unacknowledged.lastKey();
                case ACKNOWLEDGE_SOMEWHERE -> unacknowledged.floorKey(lowest() + span * (step.number - 1) / 100);
                default -> unacknowledged.firstKey();
            };
        }

        void compare(SendWindow window) {
            assertThat(window.nextFrameNumber()).isEqualTo(next);
            assertThat(window.isEmpty()).isEqualTo(unacknowledged.isEmpty());
            assertThat(window.unacknowledgedBytes()).isEqualTo(sum(unacknowledged.values()));
            assertThat(window.spanBytes()).isEqualTo(sum(all.tailMap(lowest()).values()));
            if (unacknowledged.isEmpty()) {
                assertThat(window.lowest()).isNull();
            } else {
                assertThat(window.lowest().frameNumber).isEqualTo(lowest());
            }
            for (long number : unacknowledged.keySet()) {
                assertThat(window.get(number).frameNumber).isEqualTo(number);
            }
            for (long number = DataFrame.FIRST_FRAME_NUMBER; number < lowest(); number++) {
                SentFrame frame = window.get(number);
                assertThat(frame == null || frame.frameNumber == number && frame.isAcknowledged())
                        .isTrue();
            }
        }

        private static long sum(Iterable<Integer> values) {
            long sum = 0;
            for (int value : values) {
                sum += value;
            }
            return sum;
        }
    }
}
