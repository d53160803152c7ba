package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Depth;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Model checking of the real core: the orders in which frames arrive, applications write, read or pause, timers fire, links
 * fail, join and become backups, in small worlds; all of them in the smallest, in the others all that leave the fair order
 * so and so often. From every state that can be reached, when from then on everything happens that can, all data arrive,
 * both directions end, both ends agree on the links, and nobody waits longer than for an acknowledgement (no deadlock, no
 * livelock, nothing that only a retransmission time-out repairs). On the way {@link ModelWorld} checks what must hold at
 * all times.
 *
 * <p>A session cannot be copied, so a state is made again by repeating what led to it. The search goes depth first, and
 * takes the fair choice first: so each state is left by its fair successor, and a fair run from it is a chain of states that
 * are known.
 */
@Tag("simulation")
class SessionModelTest {

    /** The longest way is sixty; one of this length goes in circles. */
    private static final int MAX_DEPTH = 500;

    /** Three times what there are; so that a change that makes them explode fails, and does not hang. */
    private static final int MAX_STATES = 300_000;

    private static final long DONE = 0;

    /** For worlds small enough: every order of things, however far from the fair one. */
    private static final int ALL = Integer.MAX_VALUE;

    static Stream<ModelScenario> shouldDeliverEverythingFromEveryState() {
        int kib = 1 << 10;
        int far = Depth.of(2, 3);
        return Stream.of(
                new ModelScenario("one way, one link", ALL, 1, 1, new int[] {4, 0}, 32 * kib, 0, 0, 0, 2),
                new ModelScenario(
                        "one way, one link, time passes",
                        Depth.of(4, ALL),
                        1,
                        1,
                        new int[] {1, 0},
                        64 * kib,
                        0,
                        1,
                        0,
                        1),
                new ModelScenario("both ways, one link", far + 2, 1, 1, new int[] {1, 1}, 96 * kib, 0, 0, 0, 3),
                new ModelScenario("both ways, two links", far, 2, 2, new int[] {2, 2}, 64 * kib, 0, 0, 0, 2),
                new ModelScenario(
                        "both ways, one link fails and is replaced", far, 1, 1, new int[] {1, 1}, 96 * kib, 1, 0, 0, 2),
                new ModelScenario("one way, two links, one fails", far, 2, 1, new int[] {1, 0}, 160 * kib, 1, 0, 0, 2),
                new ModelScenario("one way, two links, both fail", far, 2, 2, new int[] {1, 0}, 32 * kib, 2, 0, 0, 2),
                new ModelScenario(
                        "one way, a link joins, one is a backup",
                        far + 1,
                        1,
                        2,
                        new int[] {1, 0},
                        32 * kib,
                        0,
                        0,
                        1,
                        2));
    }

    @ParameterizedTest
    @MethodSource
    void shouldDeliverEverythingFromEveryState(ModelScenario scenario) {
        long startNanos = System.nanoTime();
        Search search = new Search(scenario);

        search.run();
        search.checkFairRuns();

        System.out.printf(
                "%s: %d states, %d transitions, %d runs, longest %d, %d ms%n",
                scenario.name(),
                search.fairSuccessor.size(),
                search.transitions,
                search.runs,
                search.longest,
                (System.nanoTime() - startNanos) / 1_000_000);
        assertThat(search.reachedEnds).as("ways that came to the end").isPositive();
    }

    /** One state on the way that is being followed, and what was not tried yet from there. */
    private static final class Step {
        final long state;
        final ArrayDeque<ModelChoice> untried;
        ModelChoice taken;

        Step(long state, List<ModelChoice> choices) {
            this.state = state;
            untried = new ArrayDeque<>(choices);
        }
    }

    private static final class Search {
        private final ModelScenario scenario;
        private final Map<Long, Long> fairSuccessor = new HashMap<>();
        private final ArrayList<Step> way = new ArrayList<>();
        private ModelWorld world;
        private long transitions;
        private long runs;
        private long reachedEnds;
        private int longest;

        Search(ModelScenario scenario) {
            this.scenario = scenario;
        }

        void run() {
            replay();
            enter();
            while (!way.isEmpty()) {
                Step step = way.get(way.size() - 1);
                if (step.untried.isEmpty()) {
                    way.remove(way.size() - 1);
                    forget();
                } else {
                    boolean isFair = step.taken == null;
                    step.taken = step.untried.poll();
                    if (world == null) {
                        replay();
                    } else {
                        apply(step.taken);
                    }
                    transitions++;
                    long state = enter();
                    if (isFair) {
                        fairSuccessor.put(step.state, state);
                    }
                }
            }
        }

        /** Looks at the state that the world is in now; goes on from it if it is new. */
        private long enter() {
            try {
                world.checkInvariants();
            } catch (IllegalStateException e) {
                throw failure(e.getMessage(), e);
            }
            if (world.isDone()) {
                reachedEnds++;
                forget();
                return DONE;
            }
            long state = world.fingerprint();
            if (fairSuccessor.putIfAbsent(state, state) != null) {
                forget();
                return state;
            }
            way.add(new Step(state, world.choices()));
            longest = Math.max(longest, way.size());
            if (way.size() > MAX_DEPTH || fairSuccessor.size() > MAX_STATES) {
                throw failure("goes on for ever: " + fairSuccessor.size() + " states", null);
            }
            return state;
        }

        private void replay() {
            runs++;
            try {
                world = new ModelWorld(scenario);
            } catch (SubflowViolationException e) {
                throw failure("cannot begin", e);
            }
            for (Step step : way) {
                apply(step.taken);
            }
        }

        private void apply(ModelChoice choice) {
            try {
                world.apply(choice);
            } catch (SubflowViolationException | RuntimeException e) {
                throw failure(e.toString(), e);
            }
        }

        private void forget() {
            if (world != null) {
                world.release();
                world = null;
            }
        }

        void checkFairRuns() {
            Map<Long, Boolean> arrives = new HashMap<>();
            arrives.put(DONE, true);
            for (Long from : fairSuccessor.keySet()) {
                ArrayList<Long> chain = new ArrayList<>();
                Long state = from;
                while (!arrives.containsKey(state)) {
                    arrives.put(state, false);
                    chain.add(state);
                    state = fairSuccessor.get(state);
                }
                assertThat(arrives.get(state))
                        .as("a fair run of '%s' goes in circles", scenario.name())
                        .isTrue();
                chain.forEach(passed -> arrives.put(passed, true));
            }
        }

        private AssertionError failure(String what, Throwable cause) {
            StringBuilder story = new StringBuilder(scenario.name() + ": " + what + ", after");
            for (Step step : way) {
                story.append("\n  ").append(step.taken);
            }
            return new AssertionError(story.toString(), cause);
        }
    }
}
