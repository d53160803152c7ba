package dev.multipath.session;

import static dev.multipath.metrics.TransportStats.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.SentFrame.Transmission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a frame is copied to another subflow, to the nanosecond, and to which. */
class OvertakingTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final long NOW = 5_000 * MILLISECOND;

    private static final long TOLD = NOW + 310 * MILLISECOND;

    /** Of the lowest frames. */
    private static final int LOOKED_AT = 64;

    private final OvertakingFixture fixture = new OvertakingFixture();

    @AfterEach
    void release() {
        fixture.close();
    }

    // ---- overdue

    @Test
    void shouldCopyWhatIsOverdueOnce() {
        SubflowControl far = fixture.subflow(40);
        fixture.subflow(60);
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
        long overdueAtNanos = fixture.send(far, 100).overdueAtNanos;
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(overdueAtNanos);

        assertThat(fixture.overdueAt(overdueAtNanos - 1)).isEmpty();
        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly("10 on 1");
        assertThat(fixture.causes).containsExactly(RepetitionCause.HEAD_OF_LINE);
        assertThat(fixture.overdueAt(overdueAtNanos)).isEmpty();
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
    }

    @Test
    void shouldWaitForRoomElsewhere() {
        SubflowControl far = fixture.subflow(40);
        SubflowControl full = fixture.subflow(60);
        full.writable(false);
        long overdueAtNanos = fixture.send(far, 100).overdueAtNanos;

        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
        assertThat(fixture.overdueAt(overdueAtNanos)).isEmpty();
        full.writable(true);
        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly("10 on 1");
    }

    /** The one that is due first, whichever number it has. */
    @Test
    void shouldCopyTheMostOverdueFirst() {
        SubflowControl far = fixture.subflow(300);
        SubflowControl near = fixture.subflow(20);
        fixture.subflow(200);
        long farAtNanos = fixture.send(far, 100).overdueAtNanos;
        long nearAtNanos = fixture.send(near, 100).overdueAtNanos;
        assertThat(nearAtNanos).isLessThan(farAtNanos);
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(nearAtNanos);

        assertThat(fixture.overdueAt(nearAtNanos)).containsExactly("11 on 2");
        fixture.window.acknowledge(11, 12);
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(farAtNanos);
        assertThat(fixture.overdueAt(farAtNanos)).hasSize(1).allMatch(words -> words.startsWith("10 on "));
    }

    /** Of equals the lowest: it is waited for first. */
    @Test
    void shouldCopyTheLowestOfEquals() {
        SubflowControl far = fixture.subflow(40);
        fixture.subflow(60);
        Transmission first = fixture.send(far, 0);
        Transmission second = fixture.send(far, 0);
        second.overdueAtNanos = first.overdueAtNanos;

        assertThat(fixture.overdueAt(first.overdueAtNanos)).containsExactly("10 on 1", "11 on 1");
    }

    @Test
    void shouldLookAtTheLowestFramesOnly() {
        SubflowControl far = fixture.subflow(300);
        SubflowControl near = fixture.subflow(20);
        fixture.subflow(200);
        long farAtNanos = fixture.send(far, 1).overdueAtNanos;
        for (int i = 1; i < LOOKED_AT; i++) {
            fixture.send(far, 1);
        }
        long nearAtNanos = fixture.send(near, 1).overdueAtNanos;
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(farAtNanos);

        fixture.window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, DataFrame.FIRST_FRAME_NUMBER + 1);
        assertThat(fixture.overtaking.nextDeadlineNanos()).isEqualTo(nearAtNanos);
    }

    // ---- missing

    /** A subflow of which the first of three frames, sent at once, has been told of; the others are not overdue. */
    private SubflowControl withMissing(long rttMillis) {
        SubflowControl subflow = fixture.subflow(rttMillis);
        Transmission rate = fixture.send(subflow, 100_000);
        subflow.onDelivered(rate, rttMillis * MILLISECOND, NOW + rttMillis * MILLISECOND);
        Transmission told = fixture.send(subflow, 1_000);
        fixture.send(subflow, 1_000).overdueAtNanos = Deadline.NONE;
        fixture.send(subflow, 1_000).overdueAtNanos = Deadline.NONE;
        fixture.subflows.onTold(told, TOLD);
        fixture.window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, told.frame.frameNumber + 1);
        return subflow;
    }

    @Test
    void shouldCopyWhatHasNotComeThoughWhatWasBeforeItHas() {
        SubflowControl far = withMissing(300);
        SubflowControl near = fixture.subflow(20);
        long dueAtNanos = far.flight().toldByNanos(fixture.window.lowest().onlyTransmission());
        // 3 ms at its rate, and what it may vary by.
        assertThat(dueAtNanos).isBetween(TOLD + 28 * MILLISECOND, TOLD + 30 * MILLISECOND);
        near.timing().onHeard(dueAtNanos - 1);
        assertThat(fixture.overdueAt(dueAtNanos)).as("nothing has come since").isEmpty();

        near.timing().onHeard(dueAtNanos);
        assertThat(fixture.overdueAt(dueAtNanos - 1)).isEmpty();
        assertThat(fixture.overdueAt(dueAtNanos)).containsExactly("12 on 1");
        assertThat(fixture.causes).containsExactly(RepetitionCause.HEAD_OF_LINE);
        assertThat(fixture.overdueAt(dueAtNanos)).isEmpty();
    }

    /** Then the next is the one that is waited for, and it is 3 ms behind. */
    @Test
    void shouldCopyWhatIsBehindItToo() {
        SubflowControl far = withMissing(300);
        SubflowControl near = fixture.subflow(20);
        near.timing().onHeard(TOLD + 60 * MILLISECOND);
        assertThat(fixture.overdueAt(TOLD + 60 * MILLISECOND)).containsExactly("12 on 1");

        fixture.window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, fixture.window.lowest().frameNumber + 1);

        assertThat(fixture.overdueAt(TOLD + 60 * MILLISECOND)).containsExactly("13 on 1");
        assertThat(far.oldestOutstanding()).isNotNull();
    }

    /** By the time that it is noticed and a copy is there, the transport has repaired it. */
    @Test
    void shouldLeaveALossOnAShortPathToItsTransport() {
        withMissing(45);
        SubflowControl near = fixture.subflow(2);
        near.timing().onHeard(TOLD + 60 * MILLISECOND);

        assertThat(fixture.overdueAt(TOLD + 60 * MILLISECOND)).isEmpty();
    }

    /** A loss is repaired about as soon there. */
    @Test
    void shouldNotCopyWhatIsMissingToOneThatIsNotMuchNearer() {
        withMissing(300);
        SubflowControl other = fixture.subflow(300);
        other.timing().onHeard(TOLD + 100 * MILLISECOND);

        assertThat(fixture.overdueAt(TOLD + 100 * MILLISECOND)).isEmpty();
    }

    // ---- whither

    @Test
    void shouldNotWaitForRoomOnTheNearest() {
        SubflowControl far = fixture.subflow(300);
        SubflowControl near = fixture.subflow(4);
        fixture.subflow(60);
        long overdueAtNanos = fixture.send(far, 100).overdueAtNanos;
        fixture.send(near, 65 << 10).overdueAtNanos = Deadline.NONE;
        assertThat(near.canTake()).isFalse();

        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly("10 on 1");
        fixture.send(near, 8 << 10).overdueAtNanos = Deadline.NONE;
        fixture.send(far, 100).overdueAtNanos = overdueAtNanos;
        assertThat(fixture.overdueAt(overdueAtNanos)).as("but not without end").containsExactly("13 on 2");
    }

    /** It has brought 4 MB/s. */
    private SubflowControl fastAt(int rttMillis) {
        SubflowControl subflow = fixture.subflow(rttMillis);
        Transmission rate = fixture.send(subflow, 4_000 * rttMillis);
        subflow.onDelivered(rate, rttMillis * MILLISECOND, NOW + rttMillis * MILLISECOND);
        fixture.window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, fixture.window.nextFrameNumber());
        return subflow;
    }

    private SubflowControl fullAt(int rttMillis) {
        SubflowControl subflow = fastAt(rttMillis);
        while (subflow.flight().hasRoomForUrgent()) {
            fixture.send(subflow, 16 << 10);
        }
        fixture.window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, fixture.window.nextFrameNumber());
        return subflow;
    }

    /** What a dead path carried, goes on the other near one, though that is full: who waits for a far one waits longer. */
    @Test
    void shouldWaitForRoomOnANearOneRatherThanUseAFarOne() {
        SubflowControl near = fullAt(40);
        SubflowControl dead = fixture.subflow(40);
        SubflowControl far = fastAt(900);
        long overdueAtNanos = fixture.send(dead, 1_000).overdueAtNanos;
        fixture.send(dead, 1_000).overdueAtNanos = overdueAtNanos;

        assertThat(fixture.overdueAt(overdueAtNanos)).isEmpty();
        assertThat(fixture.overtakingAt(overdueAtNanos)).isEmpty();
        assertThat(fixture.overtaking.nextDeadlineNanos())
                .as("no time makes room")
                .isEqualTo(Deadline.NONE);

        while (!near.canTake()) {
            near.onDelivered(near.oldestOutstanding(), SubflowControl.NO_SAMPLE, overdueAtNanos);
        }
        assertThat(fixture.overdueAt(overdueAtNanos))
                .containsExactly(
                        fixture.window.lowestFrameNumber() + " on 0",
                        (fixture.window.lowestFrameNumber() + 1) + " on 0");
        assertThat(far.isIdle()).isTrue();
    }

    /** As far as that is earlier: it brings one after the other. */
    @Test
    void shouldGiveTheFarOneWhatWouldComeLaterBehindTheRest() {
        fullAt(40);
        SubflowControl dead = fixture.subflow(40);
        fastAt(300);
        long overdueAtNanos = fixture.send(dead, 100_000).overdueAtNanos;
        fixture.send(dead, 100_000).overdueAtNanos = overdueAtNanos;
        fixture.send(dead, 100_000).overdueAtNanos = overdueAtNanos;

        assertThat(fixture.overdueAt(overdueAtNanos))
                .containsExactly((fixture.window.lowestFrameNumber() + 2) + " on 2");
    }

    @Test
    void shouldNotWaitForRoomOnOneThatMayBeDeadToo() {
        SubflowControl late = fullAt(40);
        fastAt(900);
        long overdueAtNanos = fixture.send(fixture.subflow(40), 1_000).overdueAtNanos;
        late.late(overdueAtNanos);
        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly(fixture.window.lowestFrameNumber() + " on 1");
    }

    @Test
    void shouldReckonWithTheWindowOfATransportThatPauses() {
        SubflowControl far = fixture.subflow(300);
        SubflowControl pausing = fixture.subflow(40);
        fixture.subflow(100);
        long overdueAtNanos = fixture.send(far, 100).overdueAtNanos;
        fixture.send(pausing, 20_000).overdueAtNanos = Deadline.NONE;
        pausing.onTransport(
                new TransportStats(40 * MILLISECOND, 5_792, UNKNOWN, UNKNOWN, 5_792, 0, 0, MptcpStats.NONE), NOW);

        assertThat(fixture.overdueAt(overdueAtNanos)).containsExactly("10 on 2");
    }

    // ---- overtaking

    @Test
    void shouldCopyTheTailFrameByFrame() {
        SubflowControl far = fixture.subflow(300);
        fixture.subflow(10);
        fixture.send(far, 100);
        fixture.send(far, 100);

        assertThat(fixture.overtakingAt(NOW)).containsExactly("10 on 1", "11 on 1");
        assertThat(fixture.causes).containsOnly(RepetitionCause.TAIL);
        assertThat(fixture.overtakingAt(NOW)).isEmpty();
    }

    @Test
    void shouldCopyNothingWhileSomethingNewCanLeave() {
        SubflowControl far = fixture.subflow(300);
        fixture.subflow(10);
        fixture.send(far, 100);
        fixture.queue.add(VirtualSession.buffer(1));
        assertThat(fixture.overtakingAt(NOW)).isEmpty();

        fixture.credit.spend((int) fixture.credit.availableBytes());
        assertThat(fixture.overtakingAt(NOW)).containsExactly("10 on 1");
        assertThat(fixture.causes).containsExactly(RepetitionCause.HEAD_OF_LINE);
    }

    @Test
    void shouldCopyWhatAFullWindowWaitsFor() {
        SubflowControl far = fixture.subflow(300);
        fixture.subflow(10);
        fixture.queue.add(VirtualSession.buffer(1));
        fixture.send(far, 100);
        while (fixture.window.hasRoom()) {
            assertThat(fixture.overtakingAt(NOW)).isEmpty();
            fixture.window.add(VirtualSession.buffer(1));
        }

        assertThat(fixture.overtakingAt(NOW)).containsExactly("10 on 1");
    }

    /** Whether a FIN on a subflow of one round trip is copied to another one's: half of each is the way there. */
    private static boolean isCopied(double rttMillis, double otherRttMillis) {
        try (OvertakingFixture fixture = new OvertakingFixture()) {
            SubflowControl there = fixture.subflow(rttMillis);
            fixture.subflow(otherRttMillis);
            fixture.send(there, 0);
            return !fixture.overtakingAt(NOW).isEmpty();
        }
    }

    @Test
    void shouldCopyOnlyWhatGainsEnough() {
        assertThat(isCopied(10 + 3.99, 10)).as("less than 2 ms").isFalse();
        assertThat(isCopied(10 + 4.01, 10)).isTrue();
        assertThat(isCopied(100 + 24.9, 100))
                .as("less than a quarter of the way")
                .isFalse();
        assertThat(isCopied(100 + 25.1, 100)).isTrue();
    }

    /** All that the ways differ by may be this thread's own. */
    @Test
    void shouldNotCopyForLessThanThisThreadIsLateBy() {
        fixture.send(fixture.subflow(40), 0);
        fixture.subflow(10);
        fixture.lateness.onLook(16 * VirtualSession.MILLISECOND, NOW);
        assertThat(fixture.overtakingAt(NOW)).isEmpty();

        fixture.lateness.onLook(0, NOW);
        assertThat(fixture.overtakingAt(NOW)).containsExactly("10 on 1");
    }

    @Test
    void shouldCopyWhatIsOverdueWhateverItGains() {
        SubflowControl near = fixture.subflow(10);
        fixture.subflow(300);
        Transmission copy = fixture.send(near, 100);

        assertThat(fixture.overtakingAt(copy.overdueAtNanos - 1)).isEmpty();
        near.writable(false);
        assertThat(fixture.overtakingAt(copy.overdueAtNanos - 1)).isEmpty();
        assertThat(fixture.overtakingAt(copy.overdueAtNanos)).containsExactly("10 on 1");
    }

    @Test
    void shouldNotCopyWhatIsToBeSentAgainAnyhow() {
        SubflowControl far = fixture.subflow(300);
        fixture.subflow(10);
        fixture.send(far, 100).frame.queuedFor = RepetitionCause.STALENESS;

        assertThat(fixture.overtakingAt(NOW)).isEmpty();
    }

    @Test
    void shouldChooseTheSoonestAndTheFirstOfEquals() {
        SubflowControl far = fixture.subflow(300);
        fixture.subflow(50);
        fixture.subflow(20);
        fixture.subflow(20);
        fixture.send(far, 100);

        assertThat(fixture.overtakingAt(NOW)).containsExactly("10 on 2");
    }

    /** Of one of which nothing is known nobody can say that it would be sooner. */
    @Test
    void shouldNotChooseOneThatNothingIsKnownOf() {
        SubflowControl far = fixture.subflow(300);
        fixture.subflows.activate(new SubflowControl(
                1, fixture.tracker, Handshake.none(), new BandwidthDelayControl(), new Lateness(), NOW));
        long overdueAtNanos = fixture.send(far, 100).overdueAtNanos;

        assertThat(fixture.overdueAt(overdueAtNanos)).isEmpty();
        assertThat(fixture.overtakingAt(overdueAtNanos)).isEmpty();
    }
}
