package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.session.sim.Scenario.Eventful;
import dev.multipath.testing.Depth;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("simulation")
@ExtendWith(TellsSimulatedTime.class)
class EventfulSimulationTest {

    private static final long SEEDS = Depth.of(2500, 10_000);

    /** Enough for anything that is wrong in general to show. */
    private static final long SABOTAGED_SEEDS = 300;

    private static final SeedRuns RUNS = new SeedRuns(EventfulSimulationTest.class);

    @Test
    void shouldDeliverEveryByteOnceOrTellTheTrueReasonWhenAnythingHappens() {
        Totals totals = new Totals();
        long count = SeedRuns.forEachSeed(
                "extended, with outages and ends", SEEDS, seed -> totals.add(EventfulScenarios.of(seed)), totals);
        if (count >= 1000) {
            assertThat(totals.bulkAckBytes).isLessThan(totals.bulkSentBytes / 200);
            assertThat(totals.retransmittedBytes).isLessThan(totals.sentBytes / 6);
            assertThat(totals.failedEnds).isBetween(totals.ends() / 20, totals.ends() / 2);
        }
    }

    @Test
    void shouldRepeatExactlyWhenTheSeedIsTheSame() {
        for (long seed = 1; seed <= 5; seed++) {
            assertThat(RUNS.simulate(EventfulScenarios.of(seed))).isEqualTo(RUNS.simulate(EventfulScenarios.of(seed)));
        }
    }

    // ---- the checks can fail

    @Test
    void shouldNoticeWhenDataAreAcknowledgedThatHaveNotArrived() {
        assertThatSabotageIsNoticed(frame -> frame instanceof CumulativeAckFrame ack && ack.ranges().length > 0
                ? new CumulativeAckFrame(
                        ack.ranges()[ack.ranges().length - 1], ack.maxDataBytes(), ack.subflowFrames(), 0)
                : frame);
    }

    @Test
    void shouldNoticeWhenCreditIsNeverRenewed() {
        assertThatSabotageIsNoticed(frame -> frame instanceof CumulativeAckFrame ack
                ? new CumulativeAckFrame(ack.nextExpected(), 0, ack.ranges(), ack.subflowFrames(), ack.ackDelayMicros())
                : frame);
    }

    @Test
    void shouldNoticeWhenMoreIsSentThanWasGranted() {
        assertThatSabotageIsNoticed(frame -> frame instanceof HelloFrame hello
                ? new HelloFrame(
                        hello.minorVersion(),
                        hello.features(),
                        1L << 40,
                        hello.resumptionTimeoutMillis(),
                        hello.maxSubflows(),
                        hello.sessionKey())
                : frame);
    }

    @Test
    void shouldNoticeWhenAnEndIsToldAnotherReasonThanTheTrueOne() {
        assertThatSabotageIsNoticed(frame ->
                frame instanceof ResetFrame reset ? new ResetFrame(ResetFrame.GOING_AWAY, reset.reason()) : frame);
    }

    @Test
    void shouldNoticeWhenFramesChangeTheirPlaces() {
        // Bytes of another place under the right number.
        assertThatSabotageIsNoticed(frame -> {
            if (frame instanceof DataFrame data && data.frameNumber() == DataFrame.FIRST_FRAME_NUMBER) {
                int last = data.payload().writerIndex() - 1;
                byte changed = (byte) (data.payload().getByte(last) + 1);
                DataFrame copy =
                        new DataFrame(data.frameNumber(), data.payload().copy().setByte(last, changed));
                data.release();
                return copy;
            }
            return frame;
        });
    }

    private static void assertThatSabotageIsNoticed(UnaryOperator<Frame> wire) {
        assertThatThrownBy(() -> {
                    for (long seed = 1; seed <= SABOTAGED_SEEDS; seed++) {
                        Simulation.run(EventfulScenarios.of(seed), wire);
                    }
                })
                .isInstanceOf(AssertionError.class);
    }

    private static final class Totals {

        private long readBytes;
        private long sentBytes;
        private long retransmittedBytes;
        private long ackBytes;
        private int bulkRuns;
        private long bulkSentBytes;
        private long bulkAckBytes;
        private long cleanEnds;
        private long lingeredEnds;
        private long failedEnds;
        private long virtualNanos;
        private long events;

        void add(Scenario scenario) {
            SimulationResult result = RUNS.simulate(scenario);
            readBytes += result.readBytes();
            sentBytes += result.sentBytes();
            retransmittedBytes += result.retransmittedBytes();
            ackBytes += result.ackBytes();
            cleanEnds += result.cleanEnds();
            failedEnds += result.failedEnds();
            lingeredEnds += 2 - result.cleanEnds() - result.failedEnds();
            virtualNanos += result.durationNanos();
            events += result.events();
            if (scenario.course() instanceof Eventful eventful && eventful.isCalmBulk()) {
                bulkRuns++;
                bulkSentBytes += result.sentBytes();
                bulkAckBytes += result.ackBytes();
            }
        }

        long ends() {
            return cleanEnds + lingeredEnds + failedEnds;
        }

        @Override
        public String toString() {
            return String.format(
                    "%.1f MB read, %.1f MB retransmitted, acks %.2f %% of the payload (%.2f %% in %d runs of calm bulk),"
                            + " %d ends in order, %d after lingering, %d failed, %.0f s virtual, %d events",
                    readBytes / 1e6,
                    retransmittedBytes / 1e6,
                    100.0 * ackBytes / sentBytes,
                    100.0 * bulkAckBytes / bulkSentBytes,
                    bulkRuns,
                    cleanEnds,
                    lingeredEnds,
                    failedEnds,
                    virtualNanos / 1e9,
                    events);
        }
    }
}
