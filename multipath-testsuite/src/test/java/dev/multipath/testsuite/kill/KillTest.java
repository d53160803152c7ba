package dev.multipath.testsuite.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.multipath.testing.Depth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Sessions over real sockets whose paths are killed in every way and at every moment: {@link Judge} says what may happen
 * then. The build runs some hundred; {@code -Dkill.sessions=20000 -Dkill.seed=1} any number. What a session does comes from its
 * seed alone; a failure prints it, and {@code -Dkill.seed=THAT -Dkill.sessions=1} does it again, {@code -Dkill.repeat=100} a
 * hundred times.
 */
class KillTest {

    private static final int SESSIONS = Integer.getInteger("kill.sessions", Depth.of(150, 300));
    private static final long SEED = Long.getLong("kill.seed", 1);
    private static final int REPEAT = Integer.getInteger("kill.repeat", 1);

    /** Of what ends by a timer: a client may stay behind for as long as its server may wait for its last word. */
    private static final Duration LEFTOVERS = Duration.ofSeconds(180);

    @Test
    void shouldLoseNothingCutNothingSilentlyHangNowhereAndLeaveNothing() throws Exception {
        Machine machine = new Machine();
        try {
            List<String> failures = new ArrayList<>();
            for (int i = 0; i < REPEAT && failures.isEmpty(); i++) {
                KillRun run = new KillRun(SESSIONS, SEED, machine);
                run.run();
                run.failures().forEach(System.out::println);
                System.out.println(run.summary());
                run.failures().forEach(failure -> failures.add(firstLine(failure)));
            }
            assertAll(
                    () -> assertThat(failures).isEmpty(),
                    () -> awaitEmpty("what is left over", machine::leftovers),
                    () -> awaitEmpty("finished sessions that something still refers to", machine::heldSessions),
                    () -> assertThat(machine.relays().failure()).isNull());
        } finally {
            machine.close();
        }
    }

    private static void awaitEmpty(String what, Supplier<? extends List<?>> some) {
        await().atMost(LEFTOVERS)
                .untilAsserted(() -> assertThat(some.get()).as(what).isEmpty());
    }

    private static String firstLine(String failure) {
        return List.of(failure.split("\n")).get(0);
    }
}
