package dev.multipath.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a change of this host's interfaces does to paths that wait, in virtual time. */
class RedialsTest {

    private final EmbeddedChannel clock = new EmbeddedChannel();
    private final List<PathSlot> dialled = new ArrayList<>();
    private final PathSlot slot = new PathSlot(
            Path.of("path", new InetSocketAddress("192.0.2.1", 1)),
            new RedialBackoff(
                    DialPolicy.of(Duration.ofSeconds(30), Duration.ofMillis(250), Duration.ofSeconds(30)),
                    new Random(1)));
    private Set<String> present = Set.of("lo");
    private int asked;
    private final InterfaceWatch watch = new InterfaceWatch(clock.eventLoop(), () -> {
        asked++;
        return present;
    });
    private final Redials redials = new Redials(clock.eventLoop(), watch, dialled::add, () -> List.of(slot));

    @BeforeEach
    void freeze() {
        clock.freezeTime();
    }

    @AfterEach
    void close() {
        redials.stop();
        slot.cancelRedial();
        clock.finishAndReleaseAll();
    }

    private void passMillis(long millis) {
        for (int i = 0; i < millis; i++) {
            clock.advanceTimeBy(1, TimeUnit.MILLISECONDS);
            clock.runPendingTasks();
        }
    }

    private void failForWantOfAWay() {
        for (int i = 0; i < 10; i++) {
            slot.backoff.onFailed(DialFailure.NO_WAY);
        }
        redials.goOn(slot);
        passMillis(10_000);
        assertThat(dialled).isEmpty();
    }

    @Test
    void shouldDialSoonWhenAnInterfaceHasCome() {
        failForWantOfAWay();

        present = Set.of("lo", "wlan0");
        passMillis(501 + 300);

        assertThat(dialled).containsExactly(slot);
    }

    @Test
    void shouldNotAskForInterfacesOnceItIsStopped() {
        failForWantOfAWay();

        redials.stop();
        passMillis(1_000);
        int before = asked;
        passMillis(10_000);

        assertThat(asked).isEqualTo(before);
    }
}
