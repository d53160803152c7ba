package dev.multipath.session;

import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.session.SentFrame.Transmission;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;

/** Subflows that carry frames, and what copies them. */
final class OvertakingFixture implements AutoCloseable {

    static final long MILLISECOND = VirtualSession.MILLISECOND;

    /** When all is sent. */
    static final long NOW = 5_000 * MILLISECOND;

    /** Of each copy, why. */
    final List<RepetitionCause> causes = new ArrayList<>();

    final StatsTracker tracker = new StatsTracker() {
        @Override
        public void onRetransmitted(int payloadBytes, RepetitionCause cause) {
            causes.add(cause);
        }
    };
    final SubflowSet subflows = new SubflowSet();
    final SendWindow window = new SendWindow();
    final SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
    final SendCredit credit = SendCredit.initial();
    final Retransmitter retransmitter = new Retransmitter(window);
    final Lateness lateness = new Lateness();
    final Transmitter transmitter = new Transmitter(
            SessionConfig.DEFAULT,
            new Negotiation(),
            subflows,
            queue,
            new WriteMarks(),
            window,
            retransmitter,
            null,
            lateness,
            null);
    final Overtaking overtaking = new Overtaking(subflows, queue, window, credit, transmitter, lateness);

    SubflowControl subflow(double rttMillis) {
        SubflowControl subflow = new SubflowControl(
                subflows.members().size(), tracker, Handshake.none(), new BandwidthDelayControl(), lateness, NOW);
        subflow.onRttSample((long) (rttMillis * MILLISECOND), NOW);
        subflows.activate(subflow);
        return subflow;
    }

    /** 100 bytes on that one. */
    Transmission send(SubflowControl subflow) {
        return send(subflow, 100);
    }

    /** So many bytes on that one; with none, a FIN. */
    Transmission send(SubflowControl subflow, int bytes) {
        SentFrame frame = window.add(bytes == 0 ? Unpooled.EMPTY_BUFFER : VirtualSession.buffer(bytes));
        subflow.onSent(frame, NOW);
        return frame.onlyTransmission();
    }

    /** What is copied of what is overdue, and to which subflow. */
    List<String> overdueAt(long nowNanos) {
        List<String> copied = new ArrayList<>();
        overtaking.transmitOverdue(nowNanos, sink(copied));
        return copied;
    }

    /** What is copied as nothing new can leave, and to which subflow. */
    List<String> overtakingAt(long nowNanos) {
        List<String> copied = new ArrayList<>();
        overtaking.transmitOvertaking(nowNanos, sink(copied));
        return copied;
    }

    private static FrameSink sink(List<String> copied) {
        return (subflow, frame) -> {
            long number = frame instanceof DataFrame data ? data.frameNumber() : ((FinFrame) frame).frameNumber();
            copied.add(number + " on " + subflow.id());
            ReferenceCountUtil.release(frame);
            return true;
        };
    }

    @Override
    public void close() {
        queue.release();
        window.release();
    }
}
