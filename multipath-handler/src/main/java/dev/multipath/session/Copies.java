package dev.multipath.session;

import dev.multipath.scheduler.CopyingScheduler;
import dev.multipath.scheduler.FrameView;
import dev.multipath.scheduler.Urgency;
import dev.multipath.session.SentFrame.Transmission;

/** The copies that a scheduler wants: asks it, for each subflow with room, of the frames that others carry. */
final class Copies implements FrameView {

    private final SubflowSet subflows;
    private final SendQueue sendQueue;
    private final SendWindow sendWindow;

    /** What was found, and who is to carry a copy of it. */
    private SentFrame frame;

    private SubflowControl carrier;

    private int changes;
    private long nowNanos;

    Copies(SubflowSet subflows, SendQueue sendQueue, SendWindow sendWindow) {
        this.subflows = subflows;
        this.sendQueue = sendQueue;
        this.sendWindow = sendWindow;
    }

    SentFrame frame() {
        return frame;
    }

    SubflowControl carrier() {
        return carrier;
    }

    /** Another scheduler may want others. */
    void askAgain() {
        changes = subflows.changes() - 1;
    }

    /** Looks for the next copy that is to leave; false if there is none. */
    boolean find(CopyingScheduler scheduler, long newNowNanos) {
        nowNanos = newNowNanos;
        if (changes != subflows.changes()) {
            changes = subflows.changes();
            subflows.members().forEach(subflow -> subflow.askedUpTo = 0);
        }
        if (subflows.candidates().size() < 2) {
            return false;
        }
        for (int i = 0; i < subflows.candidates().size(); i++) {
            if (find(scheduler, subflows.candidates().get(i))) {
                return true;
            }
        }
        return false;
    }

    private boolean find(CopyingScheduler scheduler, SubflowControl subflow) {
        if (!subflow.canTake() || subflow.askedUpTo == sendWindow.nextFrameNumber()) {
            return false;
        }
        carrier = subflow;
        while ((frame = sendWindow.unacknowledgedFrom(subflow.askedUpTo)) != null) {
            subflow.askedUpTo = frame.frameNumber + 1;
            if (frame.queuedFor == null
                    && frame.transmissionOn(subflow) == null
                    && scheduler.copies(subflow, this, subflows.candidates(), nowNanos)) {
                return true;
            }
        }
        subflow.askedUpTo = sendWindow.nextFrameNumber();
        return false;
    }

    /** How much is on its way of which it is not known yet whether a copy goes over that subflow. */
    long unaskedBytes(SubflowControl subflow) {
        SentFrame next = sendWindow.unacknowledgedFrom(subflow.askedUpTo);
        return next == null ? 0 : sendWindow.addedBytes() - next.endsAtBytes + next.payloadBytes;
    }

    // ---- what the scheduler sees

    @Override
    public int payloadBytes() {
        return frame.payloadBytes;
    }

    @Override
    public int copies() {
        return frame.copiesThatProgress();
    }

    @Override
    public long aheadBytes() {
        return frame.aheadBytes;
    }

    @Override
    public long behindBytes() {
        return sendWindow.addedBytes() - frame.endsAtBytes + sendQueue.bytes();
    }

    @Override
    public long sessionBytes() {
        return sendWindow.addedBytes();
    }

    @Override
    public boolean isAtRisk() {
        Transmission only = frame.onlyTransmission();
        return frame.copiesThatProgress() == 0 || (only != null && nowNanos >= only.overdueAtNanos);
    }

    @Override
    public Urgency urgency() {
        return frame.urgency;
    }
}
