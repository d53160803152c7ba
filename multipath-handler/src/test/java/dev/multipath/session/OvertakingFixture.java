package dev.multipath.session;

import dev.multipath.codec.DataFrame;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.session.SentFrame.Transmission;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;

/** Subflows that carry frames, and what copies them. */
final class OvertakingFixture implements AutoCloseable {

    static final long MILLISECOND = VirtualSession.MILLISECOND;

    /** When all is sent. */
    static final long NOW = 5_000 * MILLISECOND;

    final SubflowSet subflows = new SubflowSet();
    final SendWindow window = new SendWindow();
    private final SendQueue queue = new SendQueue(UnpooledByteBufAllocator.DEFAULT);
    final Retransmitter retransmitter = new Retransmitter(window);
    private final Lateness lateness = new Lateness();
    private final Transmitter transmitter = new Transmitter(
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
    final Overtaking overtaking = new Overtaking(subflows, queue, window, SendCredit.initial(), transmitter, lateness);

    SubflowControl subflow(double rttMillis) {
        SubflowControl subflow = new SubflowControl(
                subflows.members().size(),
                new StatsTracker() {},
                Handshake.none(),
                new BandwidthDelayControl(),
                lateness,
                NOW);
        subflow.onRttSample((long) (rttMillis * MILLISECOND), NOW);
        subflows.activate(subflow);
        return subflow;
    }

    /** 100 bytes on that one. */
    Transmission send(SubflowControl subflow) {
        SentFrame frame = window.add(VirtualSession.buffer(100));
        subflow.onSent(frame, NOW);
        return frame.onlyTransmission();
    }

    /** What is copied of what is overdue, and to which subflow. */
    List<String> overdueAt(long nowNanos) {
        List<String> copied = new ArrayList<>();
        overtaking.transmitOverdue(nowNanos, (subflow, frame) -> {
            copied.add(((DataFrame) frame).frameNumber() + " on " + subflow.id());
            ReferenceCountUtil.release(frame);
            return true;
        });
        return copied;
    }

    @Override
    public void close() {
        queue.release();
        window.release();
    }
}
