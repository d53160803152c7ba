package dev.multipath.session.sim;

import java.util.function.LongConsumer;

/**
 * Simulations by the hundred, each made from its seed alone; of one that fails everything needed to see what went wrong.
 *
 * @param test the test class, to run it again
 */
record SeedRuns(Class<?> test) {

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

    SimulationResult simulate(Scenario scenario) {
        try {
            return Simulation.run(scenario);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(report(scenario, e), e);
        }
    }

    private String report(Scenario scenario, Throwable failure) {
        String events = Simulation.trace(scenario);
        return (events == null
                        ? "The replay did NOT fail: something depends on more than the seed."
                        : "Last events:\n" + events)
                + "\n\n" + scenario + "\n\nSimulation failed: " + failure.getMessage()
                + "\nReplay: mvn test -pl multipath-handler -am -Dtest=" + test.getSimpleName()
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dmultipath.seeds=1 -Dmultipath.seed="
                + scenario.seed();
    }
}
