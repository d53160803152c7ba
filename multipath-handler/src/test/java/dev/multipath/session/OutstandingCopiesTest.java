package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.session.SentFrame.Transmission;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A queue as any other, whose places are used again. */
class OutstandingCopiesTest {

    private final OutstandingCopies copies = new OutstandingCopies();

    private static Transmission copy(long number) {
        return new Transmission(new SentFrame(number, Unpooled.EMPTY_BUFFER));
    }

    private List<Transmission> byAge() {
        List<Transmission> all = new ArrayList<>();
        for (int i = 0; i < copies.size(); i++) {
            all.add(copies.get(i));
        }
        return all;
    }

    @Test
    void shouldBehaveAsAnyQueue() {
        ArrayDeque<Transmission> expected = new ArrayDeque<>();
        Random random = new Random(13);
        assertThat(copies.peek()).isNull();
        for (int i = 0; i < 10_000; i++) {
            // Grows for a time, is empty for a time.
            if (random.nextInt(100) < (i / 500 % 2 == 0 ? 55 : 40)) {
                Transmission next = copy(i);
                expected.add(next);
                copies.add(next);
            } else if (!expected.isEmpty()) {
                assertThat(copies.poll()).isSameAs(expected.poll());
            }
            assertThat(copies.peek()).isSameAs(expected.peek());
            assertThat(copies.size()).isEqualTo(expected.size());
        }
        expected.add(copy(10_000));
        copies.add(expected.getLast());
        assertThat(copies).containsExactlyElementsOf(expected);
        assertThat(byAge()).containsExactlyElementsOf(expected);
    }

    /** One at a time takes one place: none of others' frames is held for it. */
    @Test
    void shouldUseTheFirstPlaceWheneverItIsEmpty() {
        Transmission only = copy(10);
        for (int i = 0; i < 5; i++) {
            copies.add(only);
            assertThat(copies.poll()).isSameAs(only);
        }
        copies.add(only);
        copies.add(copy(11));

        assertThat(copies.get(0)).isSameAs(only);
        assertThat(copies.get(1).frame.frameNumber).isEqualTo(11);
    }
}
