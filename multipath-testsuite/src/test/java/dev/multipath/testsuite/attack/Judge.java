package dev.multipath.testsuite.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Whether an attack has hit, as seen from outside. Whatever its own script expects, in every attack: the honest sessions that
 * there are go on, and new ones get in; none fails, and in full none is slow; afterwards the victims' memory is back, their
 * event loops have been alive, and they have logged nothing that they should not.
 */
final class Judge {

    /** An honest echo that takes longer has failed. In the build the machine may have other things to do. */
    static final long HONEST_LIMIT_MILLIS = 30_000;

    /** The goal, in full, on a machine that does nothing else. */
    private static final long HONEST_P99_MILLIS = 1000;

    /** How long an event loop may be away: a collection of garbage is no attack. In the build this is not looked at closely. */
    private static final long STALL_MILLIS_IN_FULL = 1500;

    private static final long STALL_MILLIS_IN_THE_BUILD = 20_000;

    private static final Duration SCRIPT_LIMIT_IN_THE_BUILD = Duration.ofSeconds(90);
    private static final Duration SCRIPT_LIMIT_IN_FULL = Duration.ofMinutes(4);

    /** When the memory must be back. */
    private static final Duration BACK_IN_FULL = Duration.ofSeconds(15);

    private static final Duration BACK_IN_THE_BUILD = Duration.ofSeconds(60);

    /** Allocators keep a few chunks for the next one. */
    private static final long DIRECT_TOLERANCE_BYTES = 64L << 20;

    private static final long HEAP_TOLERANCE_BYTES = 32L << 20;
    private static final int THREAD_TOLERANCE = 4;

    /** An attack must not fill a disk with what is said of it. */
    private static final int MOST_WARNINGS = 100;

    private final Children children;
    private final boolean full;
    private Report serverBefore;
    private Report clientBefore;

    Judge(Children children) throws Exception {
        this.children = children;
        full = children.scale() == Scale.FULL;
        measure();
    }

    private void measure() throws Exception {
        serverBefore = children.server().ask("memory");
        clientBefore = children.client().ask("memory");
    }

    /** Runs it; fails if it has hit, and then the next one has new victims. */
    void judge(Attack attack) throws Exception {
        long begun = System.nanoTime();
        Arena arena = new Arena(children);
        try {
            children.server().ask("begin");
            children.client().ask("begin");
            run(attack, arena);
            Report honest = children.client().ask("end " + HONEST_LIMIT_MILLIS);
            arena.close();
            children.client().ask("close");
            assertHonest(honest);
            long attacked = System.nanoTime();
            assertBack(children.server(), serverBefore, "server");
            assertBack(children.client(), clientBefore, "client");
            Report after = children.client().ask("end " + HONEST_LIMIT_MILLIS);
            assertThat(after.list("failures")).as("honest sessions afterwards").isEmpty();
            assertHealthy(children.server(), "server");
            assertHealthy(children.client(), "client");
            System.out.printf(
                    "attack %-40s passed: %5d ms and %5d ms, honest p99 %4d ms, longest %5d ms%n",
                    attack.name(),
                    TimeUnit.NANOSECONDS.toMillis(attacked - begun),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - attacked),
                    honest.number("p99"),
                    honest.number("max"));
        } catch (Throwable e) {
            System.out.printf(
                    "attack %-40s FAILED: %s%n    server: %s%n    client: %s%n",
                    attack.name(),
                    String.valueOf(e).replaceAll("\\s+", " "),
                    healthOf(children.server()),
                    healthOf(children.client()));
            arena.end();
            children.restart();
            measure();
            throw e;
        } finally {
            arena.end();
        }
    }

    /** For who looks at a failure; the process may be in no state to tell. */
    private static String healthOf(Child child) {
        try {
            return (child.ask("health") + " " + child.ask("memory")).replaceAll("\\s+", " ");
        } catch (Exception | AssertionError e) {
            return e.toString();
        }
    }

    private void run(Attack attack, Arena arena) throws Exception {
        Duration limit = full ? SCRIPT_LIMIT_IN_FULL : SCRIPT_LIMIT_IN_THE_BUILD;
        Future<?> script = arena.start(() -> attack.script().run(arena));
        try {
            script.get(limit.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not at its end in " + limit, e);
        } catch (ExecutionException e) {
            throw new AssertionError(
                    "expected: " + attack.expected() + "; but " + e.getCause() + "; ends at the server: "
                            + children.server().ask("causes").list("causes").stream()
                                    .distinct()
                                    .toList(),
                    e.getCause());
        }
    }

    private void assertHonest(Report honest) {
        assertThat(honest.list("failures")).as("failures of the honest").isEmpty();
        if (full) {
            assertThat(honest.number("p99")).as("p99 of honest echoes, ms").isLessThan(HONEST_P99_MILLIS);
        }
    }

    private void assertBack(Child child, Report before, String name) throws Exception {
        if (isBack(child.ask("used"), before)) {
            return;
        }
        await().atMost(full ? BACK_IN_FULL : BACK_IN_THE_BUILD)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> {
                    Report now = child.ask("memory");
                    assertThat(now.number("direct") - before.number("direct"))
                            .as("direct memory of the " + name + ", more than before")
                            .isLessThan(DIRECT_TOLERANCE_BYTES);
                    assertThat(now.number("heap") - before.number("heap"))
                            .as("heap of the " + name + ", more than before")
                            .isLessThan(HEAP_TOLERANCE_BYTES);
                    assertThat(now.number("threads") - before.number("threads"))
                            .as("threads of the " + name + ", more than before")
                            .isLessThanOrEqualTo(THREAD_TOLERANCE);
                });
    }

    /** Even with its garbage: to collect that after each attack is a fifth of what all of them cost. */
    private static boolean isBack(Report used, Report before) {
        return used.number("direct") - before.number("direct") < DIRECT_TOLERANCE_BYTES
                && used.number("heap") - before.number("heap") < HEAP_TOLERANCE_BYTES
                && used.number("threads") - before.number("threads") <= THREAD_TOLERANCE;
    }

    private void assertHealthy(Child child, String name) throws Exception {
        Report health = child.ask("health");
        assertThat(health.text("unexpected")).as("log of the " + name).isEmpty();
        assertThat(health.number("warnings"))
                .as("what operators are told by the " + name)
                .isLessThan(MOST_WARNINGS);
        assertThat(health.text("raw")).as("raw text in the log of the " + name).isEmpty();
        assertThat(health.number("stall"))
                .as("longest absence of an event loop of the " + name + ", ms")
                .isLessThan(full ? STALL_MILLIS_IN_FULL : STALL_MILLIS_IN_THE_BUILD);
    }
}
