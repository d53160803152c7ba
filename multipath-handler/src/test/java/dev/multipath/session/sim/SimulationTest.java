package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TellsSimulatedTime.class)
class SimulationTest {

    @Test
    void shouldDeliverEveryByteOnceAndInOrderWhenPathsStallDieAndReturn() {
        run("base", Scenario::of, 2000);
    }

    @Test
    void shouldDoSoInTheExtendedProfile() {
        run("extended", Scenario::ofExtended, 2000);
    }

    @Test
    void shouldDoSoWhenOneEndSpeaksTheBaseProfileOnly() {
        run("mixed", Scenario::ofMixed, 2000);
    }

    private static void run(String kind, LongFunction<Scenario> scenarios, long seeds) {
        long first = Long.getLong("multipath.seed", 1);
        long count = Long.getLong("multipath.seeds", seeds);
        long startNanos = System.nanoTime();
        Totals totals = new Totals();
        for (long seed = first; seed < first + count; seed++) {
            totals.add(simulate(scenarios.apply(seed)), seed);
        }
        System.out.printf(
                "%s: %d seeds from %d in %.1f s: %s%n",
                kind, count, first, (System.nanoTime() - startNanos) / 1e9, totals);
        // A single run may have little to deliver and a long stall; over many, about a twentieth is sent again.
        if (count >= 1000) {
            assertThat(totals.retransmittedBytes).isLessThan(totals.deliveredBytes / 6);
        }
    }

    /** What is left comes from time-outs before a slow path's round trip is known. */
    @Test
    void shouldRetransmitHardlyAnythingWhenNothingIsWrong() {
        Totals totals = new Totals();
        for (long seed = 1; totals.runs < 100; seed++) {
            if (Scenario.of(seed).isCalm()) {
                totals.add(simulate(Scenario.of(seed)), seed);
            }
        }

        assertThat(totals.retransmittedBytes).isLessThan(totals.deliveredBytes / 50);
    }

    @Test
    void shouldRepeatExactlyWhenTheSeedIsTheSame() {
        for (long seed = 1; seed <= 5; seed++) {
            assertThat(simulate(Scenario.of(seed))).isEqualTo(simulate(Scenario.of(seed)));
        }
    }

    private static SimulationResult simulate(Scenario scenario) {
        try {
            return new Simulation(scenario, false).run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(report(scenario, e), e);
        }
    }

    /** Everything needed to see what went wrong: runs the scenario once more, and keeps what happened last. */
    private static String report(Scenario scenario, Throwable failure) {
        Simulation replay = new Simulation(scenario, true);
        String replayed;
        try {
            replay.run();
            replayed = "The replay did NOT fail: something depends on more than the seed.";
        } catch (AssertionError | RuntimeException e) {
            replayed = "Last events:\n" + replay.trace();
        }
        return replayed + "\n\n" + scenario + "\n\nSimulation failed: " + failure.getMessage()
                + "\nReplay: mvn test -pl multipath-handler -am -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Dmultipath.seeds=1 -Dmultipath.seed=" + scenario.seed();
    }

    private static final class Totals {

        private int runs;
        private long deliveredBytes;
        private long retransmittedBytes;
        private long staleEvents;
        private long lostAcknowledgements;
        private long virtualNanos;
        private long events;
        private double worstRatio;
        private long worstSeed;

        void add(SimulationResult result, long seed) {
            runs++;
            deliveredBytes += result.deliveredBytes();
            retransmittedBytes += result.retransmittedBytes();
            staleEvents += result.staleEvents();
            lostAcknowledgements += result.lostAcknowledgementBytes() > 0 ? 1 : 0;
            virtualNanos += result.durationNanos();
            events += result.events();
            double ratio = (double) result.retransmittedBytes() / Math.max(1, result.deliveredBytes());
            if (ratio > worstRatio) {
                worstRatio = ratio;
                worstSeed = seed;
            }
        }

        @Override
        public String toString() {
            return String.format(
                    "%.1f MB delivered, %.1f MB retransmitted (at most %.2f of the data, seed %d), %d x stale,"
                            + " %d ends without their last acknowledgements, %.0f s virtual, %d events",
                    deliveredBytes / 1e6,
                    retransmittedBytes / 1e6,
                    worstRatio,
                    worstSeed,
                    staleEvents,
                    lostAcknowledgements,
                    virtualNanos / 1e9,
                    events);
        }
    }
}
