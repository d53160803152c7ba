package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.SentFrame.Transmission;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long is waited for frames that are overdue, on a subflow whose frames have come late by themselves. */
class PatienceTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final long SECOND = 1_000 * MILLISECOND;
    private static final long NOW = 5 * SECOND;

    private final RttEstimator rtt = new RttEstimator();
    private final Patience patience = new Patience();
    private final SubflowSet subflows = new SubflowSet();
    private final SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
    private final SendWindow window = new SendWindow();
    private final Transmitter transmitter = new Transmitter(
            SessionConfig.DEFAULT,
            new Negotiation(),
            subflows,
            queue,
            new WriteMarks(),
            window,
            new Retransmitter(window),
            null,
            new Lateness(),
            null);
    private final Overtaking overtaking =
            new Overtaking(subflows, queue, window, SendCredit.initial(), transmitter, new Lateness());

    @AfterEach
    void release() {
        queue.release();
        window.release();
    }

    // ---- what is learned

    private void come(long lateNanos, long nowNanos) {
        SentFrame frame = window.add(VirtualSession.buffer(1));
        Transmission copy = frame.addTransmission();
        copy.overdueAtNanos = nowNanos - lateNanos;
        patience.onTold(copy, rtt, nowNanos);
    }

    @Test
    void shouldWaitForAsLongAsFramesWereLate() {
        rtt.onSample(60 * MILLISECOND, NOW);
        come(-MILLISECOND, NOW);
        assertThat(patience.nanos(NOW)).isZero();
        come(40 * MILLISECOND, NOW);
        come(20 * MILLISECOND, NOW);

        assertThat(patience.nanos(NOW)).isEqualTo(40 * MILLISECOND);
    }

    /** Or the next outage would be found so much later. */
    @Test
    void shouldLearnNothingFromAnOutage() {
        come(40 * MILLISECOND, NOW);
        assertThat(patience.nanos(NOW)).as("no round trip is known").isZero();
        rtt.onSample(60 * MILLISECOND, NOW);
        come(61 * MILLISECOND, NOW);

        assertThat(patience.nanos(NOW)).isZero();
    }

    @Test
    void shouldForgetWhatIsLongAgo() {
        rtt.onSample(60 * MILLISECOND, NOW);
        come(40 * MILLISECOND, NOW);
        come(20 * MILLISECOND, NOW + 11 * SECOND);
        assertThat(patience.nanos(NOW + 11 * SECOND)).isEqualTo(40 * MILLISECOND);
        assertThat(patience.nanos(NOW + 22 * SECOND)).isEqualTo(20 * MILLISECOND);
        assertThat(patience.nanos(NOW + 32 * SECOND)).isZero();
        come(10 * MILLISECOND, NOW + 32 * SECOND);
        assertThat(patience.nanos(NOW + 32 * SECOND)).isEqualTo(10 * MILLISECOND);
    }

    // ---- what is done

    private SubflowControl subflow(double rttMillis) {
        SubflowControl subflow = new SubflowControl(
                subflows.members().size(),
                new StatsTracker() {},
                Handshake.none(),
                new BandwidthDelayControl(),
                new Lateness(),
                NOW);
        subflow.onRttSample((long) (rttMillis * MILLISECOND), NOW);
        subflows.activate(subflow);
        return subflow;
    }

    private Transmission send(SubflowControl subflow) {
        SentFrame frame = window.add(VirtualSession.buffer(100));
        subflow.onSent(frame, NOW);
        return frame.onlyTransmission();
    }

    private List<Long> copiedAt(long nowNanos) {
        List<Long> copied = new ArrayList<>();
        overtaking.transmitOverdue(nowNanos, (subflow, frame) -> {
            copied.add(((DataFrame) frame).frameNumber());
            ReferenceCountUtil.release(frame);
            return true;
        });
        return copied;
    }

    /** Its first frame has come by itself, so long after it was overdue; and it carries two more. */
    private long twoBehindALateOne(SubflowControl lossy, long lateNanos) {
        Transmission late = send(lossy);
        subflows.onTold(late, late.overdueAtNanos + lateNanos);
        window.acknowledge(late.frame);
        send(lossy).overdueAtNanos = late.overdueAtNanos;
        send(lossy).overdueAtNanos = late.overdueAtNanos;
        return late.overdueAtNanos;
    }

    @Test
    void shouldCopyTheLowestAtOnceAndTheOthersWhenTheyWillNotCome() {
        SubflowControl lossy = subflow(60);
        subflow(40);
        long overdueAtNanos = twoBehindALateOne(lossy, 30 * MILLISECOND);

        assertThat(copiedAt(overdueAtNanos)).containsExactly(DataFrame.FIRST_FRAME_NUMBER + 1);
        assertThat(overtaking.nextDeadlineNanos()).isEqualTo(overdueAtNanos + 30 * MILLISECOND);
        assertThat(copiedAt(overdueAtNanos + 30 * MILLISECOND - 1)).isEmpty();
        assertThat(copiedAt(overdueAtNanos + 30 * MILLISECOND)).containsExactly(DataFrame.FIRST_FRAME_NUMBER + 2);
    }

    /** It says itself when something is held up. */
    @Test
    void shouldNotWaitForATransportThatTells() {
        SubflowControl lossy = subflow(60);
        subflow(40);
        long unknown = TransportStats.UNKNOWN;
        lossy.onTransport(new TransportStats(unknown, unknown, unknown, 0, unknown, unknown, 0, MptcpStats.NONE), NOW);
        long overdueAtNanos = twoBehindALateOne(lossy, 30 * MILLISECOND);

        assertThat(copiedAt(overdueAtNanos))
                .containsExactly(DataFrame.FIRST_FRAME_NUMBER + 1, DataFrame.FIRST_FRAME_NUMBER + 2);
    }
}
