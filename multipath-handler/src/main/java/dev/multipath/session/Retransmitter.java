package dev.multipath.session;

import dev.multipath.metrics.RepetitionCause;
import dev.multipath.session.SentFrame.Transmission;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Decides what is sent again, and when. Policy: what only a failed or stale subflow carried goes to the others at once,
 * lowest number first. So does what a receiver dropped, which shows when the same subflow acknowledges something that was
 * sent later. While no subflow delivers, nothing would be gained by repeating everything: then only the lowest frame is
 * repeated, ever more slowly, in case the receiver dropped it.
 */
final class Retransmitter {

    /** Doubling stops here: a peer that dropped frames while its application paused gets them this soon after. */
    private static final long MAX_BACKOFF_NANOS = 5_000_000_000L;

    private static final Comparator<SentFrame> BY_NUMBER = Comparator.comparingLong(frame -> frame.frameNumber);

    /** Nobody adds to it. */
    private static final PriorityQueue<SentFrame> NOTHING = new PriorityQueue<>(1);

    private final SendWindow sendWindow;

    /** Made when there is something to be sent again: on good paths there never is. */
    private PriorityQueue<SentFrame> queue = NOTHING;

    private long backoffNanos = RttEstimator.MIN_RTO_NANOS;
    private long timeoutAtNanos = Deadline.NONE;
    private SubflowControl lastResort;

    Retransmitter(SendWindow sendWindow) {
        this.sendWindow = sendWindow;
    }

    void onSubflowFailed(SubflowControl subflow, long nowNanos) {
        for (Transmission transmission : subflow.outstanding()) {
            if (!transmission.isResolved()) {
                transmission.resolve();
                enqueue(transmission.frame, RepetitionCause.FAILURE);
            }
        }
        if (lastResort == subflow) {
            lastResort = null;
        }
        startTimer(nowNanos);
    }

    void onSubflowStale(SubflowControl subflow, long nowNanos) {
        for (Transmission transmission : subflow.outstanding()) {
            if (!transmission.isResolved()) {
                enqueue(transmission.frame, RepetitionCause.STALENESS);
            }
        }
        startTimer(nowNanos);
    }

    /** Whether a copy is on its way on it of something that has been acknowledged nowhere. */
    static boolean isNeeded(SubflowControl subflow) {
        for (Transmission transmission : subflow.outstanding()) {
            if (!transmission.isResolved() && !transmission.frame.isAcknowledged()) {
                return true;
            }
        }
        return false;
    }

    /** What was sent before this copy on its subflow and is not acknowledged was dropped by the receiver. */
    void onDelivered(SubflowControl subflow, Transmission delivered) {
        Transmission older;
        while ((older = subflow.oldestOutstanding()) != null && older.sequence < delivered.sequence) {
            older.resolve();
            enqueue(older.frame, RepetitionCause.DROPPED);
        }
    }

    /**
     * What was sent before a ping that is answered now, and is overdue by itself, was dropped too. Overdue: the Go peer
     * answers a ping without waiting for the frame that it is just putting in order.
     */
    void onPong(SubflowControl subflow, long overdueSinceNanos) {
        Transmission older;
        while ((older = subflow.oldestOutstanding()) != null
                && older.sequence < subflow.pings().sequence()
                && older.sentAtNanos <= overdueSinceNanos) {
            older.resolve();
            enqueue(older.frame, RepetitionCause.DROPPED);
        }
    }

    /** Something new was acknowledged. */
    void onProgress() {
        backoffNanos = RttEstimator.MIN_RTO_NANOS;
        timeoutAtNanos = Deadline.NONE;
    }

    private void enqueue(SentFrame frame, RepetitionCause cause) {
        if (frame.queuedFor == null && !frame.isAcknowledged() && !frame.isOnTheWay()) {
            frame.queuedFor = cause;
            queue = queue == NOTHING ? new PriorityQueue<>(BY_NUMBER) : queue;
            queue.add(frame);
        }
    }

    /** The next frame to send again, or null. */
    SentFrame peek() {
        SentFrame frame;
        while ((frame = queue.peek()) != null && (frame.isAcknowledged() || frame.isOnTheWay())) {
            // Acknowledged meanwhile, or the subflow that carries it has recovered.
            poll();
        }
        return frame;
    }

    /** How many frames wait to be sent again, some of them perhaps needlessly. */
    int size() {
        return queue.size();
    }

    /** Takes the frame out of the queue; returns why it was in it. */
    RepetitionCause poll() {
        SentFrame frame = queue.poll();
        RepetitionCause cause = frame.queuedFor;
        frame.queuedFor = null;
        return cause;
    }

    // ---- while no subflow delivers

    private void startTimer(long nowNanos) {
        if (timeoutAtNanos == Deadline.NONE) {
            timeoutAtNanos = nowNanos + backoffNanos;
        }
    }

    long timeoutAtNanos() {
        return sendWindow.isEmpty() ? Deadline.NONE : timeoutAtNanos;
    }

    /** To be called while no subflow is active. */
    void onTimeout(List<SubflowControl> subflows, long nowNanos) {
        if (nowNanos >= timeoutAtNanos()) {
            lastResort = lowestRtt(subflows);
            timeoutAtNanos = nowNanos + backoffNanos;
            backoffNanos = Math.min(2 * backoffNanos, MAX_BACKOFF_NANOS);
        }
    }

    private static SubflowControl lowestRtt(List<SubflowControl> subflows) {
        return subflows.stream()
                .filter(SubflowControl::isWritable)
                .min(Comparator.comparingLong(SubflowControl::smoothedRttNanos))
                .orElse(null);
    }

    /** The stale subflow that is to carry the lowest frame once more, or null; asking takes it. */
    SubflowControl takeLastResort() {
        SubflowControl subflow = lastResort;
        lastResort = null;
        return subflow;
    }
}
