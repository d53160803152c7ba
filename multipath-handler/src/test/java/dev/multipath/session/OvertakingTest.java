package dev.multipath.session;

import static dev.multipath.metrics.TransportStats.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.SentFrame.Transmission;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a frame is copied to another subflow, to the nanosecond, and to which. */
class OvertakingTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final long NOW = 5_000 * MILLISECOND;

    private static final long TOLD = NOW + 310 * MILLISECOND;

    /** Of the lowest frames. */
    private static final int LOOKED_AT = 64;

    private final List<RepetitionCause> causes = new ArrayList<>();
    private final StatsTracker tracker = new StatsTracker() {
        @Override
        public void onRetransmitted(int payloadBytes, RepetitionCause cause) {
            causes.add(cause);
        }
    };
    private final SubflowSet subflows = new SubflowSet();
    private final SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
    private final SendWindow window = new SendWindow();
    private final SendCredit credit = SendCredit.initial();
    private final Lateness lateness = new Lateness();
    private final Transmitter transmitter = new Transmitter(
            SessionConfig.DEFAULT,
            new Negotiation(),
            subflows,
            queue,
            new WriteMarks(),
            window,
            new Retransmitter(window),
            null,
            lateness,
            null);
    private final Overtaking overtaking = new Overtaking(subflows, queue, window, credit, transmitter, lateness);
    private final List<String> sent = new ArrayList<>();

    @AfterEach
    void release() {
        queue.release();
        window.release();
    }

    private SubflowControl subflow(double rttMillis) {
        SubflowControl subflow = new SubflowControl(
                subflows.members().size(), tracker, Handshake.none(), new BandwidthDelayControl(), new Lateness(), NOW);
        subflow.onRttSample((long) (rttMillis * MILLISECOND), NOW);
        subflows.activate(subflow);
        return subflow;
    }

    private Transmission send(SubflowControl subflow, int bytes) {
        SentFrame frame = window.add(bytes == 0 ? Unpooled.EMPTY_BUFFER : VirtualSession.buffer(bytes));
        subflow.onSent(frame, NOW);
        return frame.onlyTransmission();
    }

    private FrameSink sink() {
        return (subflow, frame) -> {
            long number = frame instanceof DataFrame data ? data.frameNumber() : ((FinFrame) frame).frameNumber();
            sent.add(number + " on " + subflow.id());
            ReferenceCountUtil.release(frame);
            return true;
        };
    }

    private List<String> overdueAt(long nowNanos) {
        sent.clear();
        overtaking.transmitOverdue(nowNanos, sink());
        return sent;
    }

    private List<String> overtakingAt(long nowNanos) {
        sent.clear();
        overtaking.transmitOvertaking(nowNanos, sink());
        return sent;
    }

    // ---- overdue

    @Test
    void shouldCopyWhatIsOverdueOnce() {
        SubflowControl far = subflow(40);
        subflow(60);
        assertThat(overtaking.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
        long overdueAtNanos = send(far, 100).overdueAtNanos;
        assertThat(overtaking.nextDeadlineNanos()).isEqualTo(overdueAtNanos);

        assertThat(overdueAt(overdueAtNanos - 1)).isEmpty();
        assertThat(overdueAt(overdueAtNanos)).containsExactly("10 on 1");
        assertThat(causes).containsExactly(RepetitionCause.HEAD_OF_LINE);
        assertThat(overdueAt(overdueAtNanos)).isEmpty();
        assertThat(overtaking.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
    }

    @Test
    void shouldWaitForRoomElsewhere() {
        SubflowControl far = subflow(40);
        SubflowControl full = subflow(60);
        full.writable(false);
        long overdueAtNanos = send(far, 100).overdueAtNanos;

        assertThat(overtaking.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
        assertThat(overdueAt(overdueAtNanos)).isEmpty();
        full.writable(true);
        assertThat(overdueAt(overdueAtNanos)).containsExactly("10 on 1");
    }

    /** The one that is due first, whichever number it has. */
    @Test
    void shouldCopyTheMostOverdueFirst() {
        SubflowControl far = subflow(300);
        SubflowControl near = subflow(20);
        subflow(200);
        long farAtNanos = send(far, 100).overdueAtNanos;
        long nearAtNanos = send(near, 100).overdueAtNanos;
        assertThat(nearAtNanos).isLessThan(farAtNanos);
        assertThat(overtaking.nextDeadlineNanos()).isEqualTo(nearAtNanos);

        assertThat(overdueAt(nearAtNanos)).containsExactly("11 on 2");
        window.acknowledge(11, 12);
        assertThat(overtaking.nextDeadlineNanos()).isEqualTo(farAtNanos);
        assertThat(overdueAt(farAtNanos)).hasSize(1).allMatch(words -> words.startsWith("10 on "));
    }

    /** Of equals the lowest: it is waited for first. */
    @Test
    void shouldCopyTheLowestOfEquals() {
        SubflowControl far = subflow(40);
        subflow(60);
        Transmission first = send(far, 0);
        Transmission second = send(far, 0);
        second.overdueAtNanos = first.overdueAtNanos;

        assertThat(overdueAt(first.overdueAtNanos)).containsExactly("10 on 1", "11 on 1");
    }

    @Test
    void shouldLookAtTheLowestFramesOnly() {
        SubflowControl far = subflow(300);
        SubflowControl near = subflow(20);
        subflow(200);
        long farAtNanos = send(far, 1).overdueAtNanos;
        for (int i = 1; i < LOOKED_AT; i++) {
            send(far, 1);
        }
        long nearAtNanos = send(near, 1).overdueAtNanos;
        assertThat(overtaking.nextDeadlineNanos()).isEqualTo(farAtNanos);

        window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, DataFrame.FIRST_FRAME_NUMBER + 1);
        assertThat(overtaking.nextDeadlineNanos()).isEqualTo(nearAtNanos);
    }

    // ---- missing

    /** A subflow of which the first of three frames, sent at once, has been told of; the others are not overdue. */
    private SubflowControl withMissing(long rttMillis) {
        SubflowControl subflow = subflow(rttMillis);
        Transmission rate = send(subflow, 100_000);
        subflow.onDelivered(rate, rttMillis * MILLISECOND, NOW + rttMillis * MILLISECOND);
        Transmission told = send(subflow, 1_000);
        send(subflow, 1_000).overdueAtNanos = Deadline.NONE;
        send(subflow, 1_000).overdueAtNanos = Deadline.NONE;
        subflows.onTold(told, TOLD);
        window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, told.frame.frameNumber + 1);
        return subflow;
    }

    @Test
    void shouldCopyWhatHasNotComeThoughWhatWasBeforeItHas() {
        SubflowControl far = withMissing(300);
        SubflowControl near = subflow(20);
        long dueAtNanos = far.flight().toldByNanos(window.lowest().onlyTransmission());
        // 3 ms at its rate, and what it may vary by.
        assertThat(dueAtNanos).isBetween(TOLD + 28 * MILLISECOND, TOLD + 30 * MILLISECOND);
        near.timing().onHeard(dueAtNanos - 1);
        assertThat(overdueAt(dueAtNanos)).as("nothing has come since").isEmpty();

        near.timing().onHeard(dueAtNanos);
        assertThat(overdueAt(dueAtNanos - 1)).isEmpty();
        assertThat(overdueAt(dueAtNanos)).containsExactly("12 on 1");
        assertThat(causes).containsExactly(RepetitionCause.HEAD_OF_LINE);
        assertThat(overdueAt(dueAtNanos)).isEmpty();
    }

    /** Then the next is the one that is waited for, and it is 3 ms behind. */
    @Test
    void shouldCopyWhatIsBehindItToo() {
        SubflowControl far = withMissing(300);
        SubflowControl near = subflow(20);
        near.timing().onHeard(TOLD + 60 * MILLISECOND);
        assertThat(overdueAt(TOLD + 60 * MILLISECOND)).containsExactly("12 on 1");

        window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, window.lowest().frameNumber + 1);

        assertThat(overdueAt(TOLD + 60 * MILLISECOND)).containsExactly("13 on 1");
        assertThat(far.oldestOutstanding()).isNotNull();
    }

    /** By the time that it is noticed and a copy is there, the transport has repaired it. */
    @Test
    void shouldLeaveALossOnAShortPathToItsTransport() {
        withMissing(45);
        SubflowControl near = subflow(2);
        near.timing().onHeard(TOLD + 60 * MILLISECOND);

        assertThat(overdueAt(TOLD + 60 * MILLISECOND)).isEmpty();
    }

    /** A loss is repaired about as soon there. */
    @Test
    void shouldNotCopyWhatIsMissingToOneThatIsNotMuchNearer() {
        withMissing(300);
        SubflowControl other = subflow(300);
        other.timing().onHeard(TOLD + 100 * MILLISECOND);

        assertThat(overdueAt(TOLD + 100 * MILLISECOND)).isEmpty();
    }

    // ---- whither

    @Test
    void shouldNotWaitForRoomOnTheNearest() {
        SubflowControl far = subflow(300);
        SubflowControl near = subflow(4);
        subflow(60);
        long overdueAtNanos = send(far, 100).overdueAtNanos;
        send(near, 65 << 10).overdueAtNanos = Deadline.NONE;
        assertThat(near.canTake()).isFalse();

        assertThat(overdueAt(overdueAtNanos)).containsExactly("10 on 1");
        send(near, 8 << 10).overdueAtNanos = Deadline.NONE;
        send(far, 100).overdueAtNanos = overdueAtNanos;
        assertThat(overdueAt(overdueAtNanos)).as("but not without end").containsExactly("13 on 2");
    }

    /** It has brought 4 MB/s. */
    private SubflowControl fastAt(int rttMillis) {
        SubflowControl subflow = subflow(rttMillis);
        Transmission rate = send(subflow, 4_000 * rttMillis);
        subflow.onDelivered(rate, rttMillis * MILLISECOND, NOW + rttMillis * MILLISECOND);
        window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, window.nextFrameNumber());
        return subflow;
    }

    private SubflowControl fullAt(int rttMillis) {
        SubflowControl subflow = fastAt(rttMillis);
        while (subflow.flight().hasRoomForUrgent()) {
            send(subflow, 16 << 10);
        }
        window.acknowledge(DataFrame.FIRST_FRAME_NUMBER, window.nextFrameNumber());
        return subflow;
    }

    /** What a dead path carried, goes on the other near one, though that is full: who waits for a far one waits longer. */
    @Test
    void shouldWaitForRoomOnANearOneRatherThanUseAFarOne() {
        SubflowControl near = fullAt(40);
        SubflowControl dead = subflow(40);
        SubflowControl far = fastAt(900);
        long overdueAtNanos = send(dead, 1_000).overdueAtNanos;
        send(dead, 1_000).overdueAtNanos = overdueAtNanos;

        assertThat(overdueAt(overdueAtNanos)).isEmpty();
        assertThat(overtakingAt(overdueAtNanos)).isEmpty();
        assertThat(overtaking.nextDeadlineNanos()).as("no time makes room").isEqualTo(Deadline.NONE);

        while (!near.canTake()) {
            near.onDelivered(near.oldestOutstanding(), SubflowControl.NO_SAMPLE, overdueAtNanos);
        }
        assertThat(overdueAt(overdueAtNanos))
                .containsExactly(window.lowestFrameNumber() + " on 0", (window.lowestFrameNumber() + 1) + " on 0");
        assertThat(far.isIdle()).isTrue();
    }

    /** As far as that is earlier: it brings one after the other. */
    @Test
    void shouldGiveTheFarOneWhatWouldComeLaterBehindTheRest() {
        fullAt(40);
        SubflowControl dead = subflow(40);
        fastAt(300);
        long overdueAtNanos = send(dead, 100_000).overdueAtNanos;
        send(dead, 100_000).overdueAtNanos = overdueAtNanos;
        send(dead, 100_000).overdueAtNanos = overdueAtNanos;

        assertThat(overdueAt(overdueAtNanos)).containsExactly((window.lowestFrameNumber() + 2) + " on 2");
    }

    @Test
    void shouldNotWaitForRoomOnOneThatMayBeDeadToo() {
        SubflowControl late = fullAt(40);
        fastAt(900);
        long overdueAtNanos = send(subflow(40), 1_000).overdueAtNanos;
        late.late(overdueAtNanos);
        assertThat(overdueAt(overdueAtNanos)).containsExactly(window.lowestFrameNumber() + " on 1");
    }

    @Test
    void shouldReckonWithTheWindowOfATransportThatPauses() {
        SubflowControl far = subflow(300);
        SubflowControl pausing = subflow(40);
        subflow(100);
        long overdueAtNanos = send(far, 100).overdueAtNanos;
        send(pausing, 20_000).overdueAtNanos = Deadline.NONE;
        pausing.onTransport(
                new TransportStats(40 * MILLISECOND, 5_792, UNKNOWN, UNKNOWN, 5_792, 0, 0, MptcpStats.NONE), NOW);

        assertThat(overdueAt(overdueAtNanos)).containsExactly("10 on 2");
    }

    // ---- overtaking

    @Test
    void shouldCopyTheTailFrameByFrame() {
        SubflowControl far = subflow(300);
        subflow(10);
        send(far, 100);
        send(far, 100);

        assertThat(overtakingAt(NOW)).containsExactly("10 on 1", "11 on 1");
        assertThat(causes).containsOnly(RepetitionCause.TAIL);
        assertThat(overtakingAt(NOW)).isEmpty();
    }

    @Test
    void shouldCopyNothingWhileSomethingNewCanLeave() {
        SubflowControl far = subflow(300);
        subflow(10);
        send(far, 100);
        queue.add(VirtualSession.buffer(1));
        assertThat(overtakingAt(NOW)).isEmpty();

        credit.spend((int) credit.availableBytes());
        assertThat(overtakingAt(NOW)).containsExactly("10 on 1");
        assertThat(causes).containsExactly(RepetitionCause.HEAD_OF_LINE);
    }

    @Test
    void shouldCopyWhatAFullWindowWaitsFor() {
        SubflowControl far = subflow(300);
        subflow(10);
        queue.add(VirtualSession.buffer(1));
        send(far, 100);
        while (window.hasRoom()) {
            assertThat(overtakingAt(NOW)).isEmpty();
            window.add(VirtualSession.buffer(1));
        }

        assertThat(overtakingAt(NOW)).containsExactly("10 on 1");
    }

    /** Whether a FIN on a subflow of one round trip is copied to another one's: half of each is the way there. */
    private static boolean isCopied(double rttMillis, double otherRttMillis) {
        OvertakingTest test = new OvertakingTest();
        SubflowControl there = test.subflow(rttMillis);
        test.subflow(otherRttMillis);
        test.send(there, 0);
        boolean copied = !test.overtakingAt(NOW).isEmpty();
        test.release();
        return copied;
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
        send(subflow(40), 0);
        subflow(10);
        lateness.onLook(16 * VirtualSession.MILLISECOND, NOW);
        assertThat(overtakingAt(NOW)).isEmpty();

        lateness.onLook(0, NOW);
        assertThat(overtakingAt(NOW)).containsExactly("10 on 1");
    }

    @Test
    void shouldCopyWhatIsOverdueWhateverItGains() {
        SubflowControl near = subflow(10);
        subflow(300);
        Transmission copy = send(near, 100);

        assertThat(overtakingAt(copy.overdueAtNanos - 1)).isEmpty();
        near.writable(false);
        assertThat(overtakingAt(copy.overdueAtNanos - 1)).isEmpty();
        assertThat(overtakingAt(copy.overdueAtNanos)).containsExactly("10 on 1");
    }

    @Test
    void shouldNotCopyWhatIsToBeSentAgainAnyhow() {
        SubflowControl far = subflow(300);
        subflow(10);
        send(far, 100).frame.queuedFor = RepetitionCause.STALENESS;

        assertThat(overtakingAt(NOW)).isEmpty();
    }

    @Test
    void shouldChooseTheSoonestAndTheFirstOfEquals() {
        SubflowControl far = subflow(300);
        subflow(50);
        subflow(20);
        subflow(20);
        send(far, 100);

        assertThat(overtakingAt(NOW)).containsExactly("10 on 2");
    }

    /** Of one of which nothing is known nobody can say that it would be sooner. */
    @Test
    void shouldNotChooseOneThatNothingIsKnownOf() {
        SubflowControl far = subflow(300);
        subflows.activate(
                new SubflowControl(1, tracker, Handshake.none(), new BandwidthDelayControl(), new Lateness(), NOW));
        long overdueAtNanos = send(far, 100).overdueAtNanos;

        assertThat(overdueAt(overdueAtNanos)).isEmpty();
        assertThat(overtakingAt(overdueAtNanos)).isEmpty();
    }
}
