package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class AckQueuePropertyTest {

    /** A positive number is so many acknowledgements to add, a negative one so many to take. */
    @Property(tries = 300)
    void shouldBehaveLikeAQueueThatLosesTheOldestWhenItIsFull(
            @ForAll @Size(max = 30) List<@IntRange(min = -5000, max = 5000) Integer> steps) {
        AckQueue queue = new AckQueue();
        ArrayDeque<Long> model = new ArrayDeque<>();
        long next = 10;
        for (int step : steps) {
            for (int i = 0; i < step; i++) {
                queue.add(next);
                model.add(next);
                next++;
                if (model.size() > AckQueue.MAX_ACKS) {
                    model.poll();
                }
            }
            for (int i = step; i < 0 && !model.isEmpty(); i++) {
                assertThat(queue.poll()).isEqualTo(model.poll());
            }
            assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
        }
        while (!model.isEmpty()) {
            assertThat(queue.poll()).isEqualTo(model.poll());
        }
        assertThat(queue.isEmpty()).isTrue();
    }
}
