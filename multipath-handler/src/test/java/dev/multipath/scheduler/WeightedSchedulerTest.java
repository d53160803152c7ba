package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WeightedSchedulerTest {

    private static final Offer OFFER = FakeOffer.of(1 << 20);

    private final Scheduler scheduler = new WeightedScheduler();

    private int select(List<FakeSubflow> subflows) {
        return scheduler.select(subflows, OFFER, 0);
    }

    /** Sends so many frames, of another size on each subflow, and says how many bytes each has got. */
    private List<Long> send(int frames, List<FakeSubflow> subflows) {
        List<Long> before = subflows.stream().map(FakeSubflow::sentBytes).toList();
        for (int i = 0; i < frames; i++) {
            FakeSubflow chosen = subflows.get(select(subflows));
            chosen.sent(1_000L * (1 + chosen.id()));
        }
        return subflows.stream()
                .map(each -> each.sentBytes() - before.get(subflows.indexOf(each)))
                .toList();
    }

    @Test
    void shouldShareTheBytesByWeightWhateverTheSizeOfFrames() {
        List<Long> bytes = send(4_000, List.of(FakeSubflow.of(0).withWeight(3), FakeSubflow.of(1)));

        assertThat((double) bytes.get(0) / bytes.get(1)).isBetween(2.99, 3.01);
    }

    @Test
    void shouldWaitForTheOneWhoseTurnItIs() {
        FakeSubflow due = FakeSubflow.of(0);
        FakeSubflow ahead = FakeSubflow.of(1);
        send(3, List.of(due, ahead));
        due.filled();

        assertThat(select(List.of(due, ahead))).isEqualTo(Scheduler.WAIT);
        assertThat(select(List.of(due.free(), ahead))).isZero();
    }

    @Test
    void shouldPassOverOneThatWouldNotTellWhenItHasRoom() {
        FakeSubflow stuck = FakeSubflow.of(0).stuck();

        assertThat(select(List.of(stuck, FakeSubflow.of(1)))).isEqualTo(1);
    }

    /** Else it would carry everything until it has as much as the others. */
    @Test
    void shouldLetNobodyCatchUpWhoCameLate() {
        FakeSubflow old = FakeSubflow.of(0);
        send(1_000, List.of(old));
        FakeSubflow late = FakeSubflow.of(1);

        List<Long> bytes = send(300, List.of(old, late));

        assertThat((double) bytes.get(0) / bytes.get(1)).isBetween(0.95, 1.05);
    }

    @Test
    void shouldGoByANewWeightFromThenOn() {
        FakeSubflow changed = FakeSubflow.of(0);
        FakeSubflow other = FakeSubflow.of(1);
        send(1_000, List.of(changed, other));
        changed.withWeight(9);

        List<Long> bytes = send(10_000, List.of(changed, other));

        assertThat((double) bytes.get(0) / bytes.get(1)).isBetween(8.9, 9.1);
    }
}
