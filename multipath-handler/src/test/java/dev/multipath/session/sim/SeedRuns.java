package dev.multipath.session.sim;

import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.ToLongFunction;

/**
 * Simulations by the hundred, each made from its seed alone; of one that fails everything needed to see what went wrong.
 *
 * @param test the test class, to run it again
 * @param run runs a scenario to its end
 * @param trace runs it once more, and returns what happened last before it failed; null if it did not
 * @param seed what the scenario was made from
 * @param <S> the kind of scenario
 * @param <R> what comes of one
 */
record SeedRuns<S, R>(Class<?> test, Function<S, R> run, Function<S, String> trace, ToLongFunction<S> seed) {

    /** One after the other, as many as the test wants unless the build says otherwise; returns how many. */
    static long forEachSeed(String kind, long seeds, LongConsumer one, Object totals) {
        long first = Long.getLong("multipath.seed", 1);
        long count = Long.getLong("multipath.seeds", seeds);
        long startNanos = System.nanoTime();
        for (long seed = first; seed < first + count; seed++) {
            one.accept(seed);
        }
        System.out.printf(
                "%s: %d seeds from %d in %.1f s: %s%n",
                kind, count, first, (System.nanoTime() - startNanos) / 1e9, totals);
        return count;
    }

    R simulate(S scenario) {
        try {
            return run.apply(scenario);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(report(scenario, e), e);
        }
    }

    private String report(S scenario, Throwable failure) {
        String events = trace.apply(scenario);
        return (events == null
                        ? "The replay did NOT fail: something depends on more than the seed."
                        : "Last events:\n" + events)
                + "\n\n" + scenario + "\n\nSimulation failed: " + failure.getMessage()
                + "\nReplay: mvn test -pl multipath-handler -am -Dtest=" + test.getSimpleName()
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dmultipath.seeds=1 -Dmultipath.seed="
                + seed.applyAsLong(scenario);
    }
}
