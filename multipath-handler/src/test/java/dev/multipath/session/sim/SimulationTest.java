package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.Frame;
import dev.multipath.testing.Depth;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("simulation")
@ExtendWith(TellsSimulatedTime.class)
class SimulationTest {

    private static final long SEEDS = Depth.of(500, 2000);

    /** Enough for anything that is wrong in general to show. */
    private static final long SABOTAGED_SEEDS = 100;

    private static final SeedRuns RUNS = new SeedRuns(SimulationTest.class);

    @Test
    void shouldDeliverEveryByteOnceAndInOrderWhenPathsStallDieAndReturn() {
        run("base", DeliveryScenarios::base);
    }

    @Test
    void shouldDoSoInTheExtendedProfile() {
        run("extended", DeliveryScenarios::extended);
    }

    @Test
    void shouldDoSoWhenOneEndSpeaksTheBaseProfileOnly() {
        run("mixed", DeliveryScenarios::mixed);
    }

    private static void run(String kind, LongFunction<Scenario> scenarios) {
        Totals totals = new Totals();
        long count = SeedRuns.forEachSeed(
                kind, SEEDS, seed -> totals.add(RUNS.simulate(scenarios.apply(seed)), seed), totals);
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
            if (DeliveryScenarios.isCalm(DeliveryScenarios.base(seed))) {
                totals.add(RUNS.simulate(DeliveryScenarios.base(seed)), seed);
            }
        }

        assertThat(totals.retransmittedBytes).isLessThan(totals.deliveredBytes / 50);
    }

    @Test
    void shouldRepeatExactlyWhenTheSeedIsTheSame() {
        for (long seed = 1; seed <= 5; seed++) {
            assertThat(RUNS.simulate(DeliveryScenarios.base(seed)))
                    .isEqualTo(RUNS.simulate(DeliveryScenarios.base(seed)));
        }
    }

    // ---- the checks can fail

    @Test
    void shouldNoticeWhenDataAreAcknowledgedThatHaveNotArrived() {
        assertThatSabotageIsNoticed(
                DeliveryScenarios::base,
                frame -> frame instanceof AckFrame ack ? new AckFrame(ack.frameNumber() + 1) : frame);
    }

    @Test
    void shouldNoticeWhenMoreIsSentThanWasGranted() {
        assertThatSabotageIsNoticed(
                DeliveryScenarios::extended,
                frame -> frame instanceof CumulativeAckFrame ack
                        ? new CumulativeAckFrame(
                                ack.nextExpected(), 1L << 40, ack.ranges(), ack.subflowFrames(), ack.ackDelayMicros())
                        : frame);
    }

    private static void assertThatSabotageIsNoticed(LongFunction<Scenario> scenarios, UnaryOperator<Frame> wire) {
        assertThatThrownBy(() -> {
                    for (long seed = 1; seed <= SABOTAGED_SEEDS; seed++) {
                        Simulation.run(scenarios.apply(seed), wire);
                    }
                })
                .isInstanceOf(AssertionError.class);
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
            deliveredBytes += result.readBytes();
            retransmittedBytes += result.retransmittedBytes();
            staleEvents += result.staleEvents();
            lostAcknowledgements += result.unacknowledgedBytes() > 0 ? 1 : 0;
            virtualNanos += result.durationNanos();
            events += result.events();
            double ratio = (double) result.retransmittedBytes() / Math.max(1, result.readBytes());
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
