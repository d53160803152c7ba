package dev.multipath.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who waits for another interface, in virtual time. */
class InterfaceWatchTest {

    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final AtomicInteger asked = new AtomicInteger();
    private Set<String> present = Set.of("lo 127.0.0.1");
    private boolean fails;

    private final InterfaceWatch watch = new InterfaceWatch(loop.eventLoop(), () -> {
        asked.incrementAndGet();
        if (fails) {
            throw new IOException("not now");
        }
        return present;
    });

    @BeforeEach
    void freeze() {
        loop.freezeTime();
    }

    @AfterEach
    void close() {
        loop.finishAndReleaseAll();
    }

    private void pass(long seconds) {
        for (int i = 0; i < 10 * seconds; i++) {
            loop.advanceTimeBy(100, TimeUnit.MILLISECONDS);
            loop.runPendingTasks();
        }
    }

    @Test
    void shouldTellEachWhoWaitsOfEachChange() {
        AtomicInteger first = new AtomicInteger();
        AtomicInteger second = new AtomicInteger();
        watch.watch(first::incrementAndGet);
        watch.watch(second::incrementAndGet).cancel();
        InterfaceWatch.Registration third = watch.watch(second::incrementAndGet);
        pass(2);
        assertThat(first).hasValue(0);

        present = Set.of("lo 127.0.0.1", "wlan0 192.0.2.7");
        pass(1);
        assertThat(first).hasValue(1);
        assertThat(second).hasValue(1);

        third.cancel();
        present = Set.of("lo 127.0.0.1");
        pass(1);
        assertThat(first).hasValue(2);
        assertThat(second).hasValue(1);
    }

    @Test
    void shouldNotAskWhileNobodyWaits() {
        pass(1);
        assertThat(asked).hasValue(0);

        watch.watch(() -> {}).cancel();
        pass(2);
        assertThat(asked.get()).isLessThanOrEqualTo(1);

        // Nor more often than it should, who comes just then.
        watch.watch(() -> {});
        int before = asked.get();
        pass(10);
        assertThat(asked.get() - before).isBetween(15, 21);
    }

    /** What has changed while nobody waited is no news to who comes now: he has just tried. */
    @Test
    void shouldBeginWithWhatIsThere() {
        watch.watch(() -> {}).cancel();
        pass(2);
        present = Set.of();
        AtomicInteger told = new AtomicInteger();
        watch.watch(told::incrementAndGet);
        pass(2);

        assertThat(told).hasValue(0);
    }

    @Test
    void shouldGoOnWhenTheSystemFails() {
        AtomicInteger told = new AtomicInteger();
        watch.watch(told::incrementAndGet);
        pass(1);
        fails = true;
        present = Set.of();
        pass(1);
        assertThat(told).hasValue(0);
        fails = false;
        pass(1);
        assertThat(told).hasValue(1);
    }
}
