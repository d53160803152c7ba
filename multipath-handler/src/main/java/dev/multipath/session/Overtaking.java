package dev.multipath.session;

/**
 * Copies of frames that others wait for, on a subflow that has nothing better to do and brings them earlier: at the end of
 * what there is to send, and when window or credit is used up since a frame takes its time on a slow path. Each frame is
 * copied once, in the order in which they are waited for.
 */
final class Overtaking {

    /** It has to gain more than this: else it comes at about the same time, and is sent for nothing. */
    private static final long MIN_GAIN_NANOS = 2_000_000;

    private final SubflowSet subflows;
    private final SendWindow sendWindow;

    /** The frame that was found, and who is to carry its copy. */
    private SentFrame frame;

    private SubflowControl carrier;

    Overtaking(SubflowSet subflows, SendWindow sendWindow) {
        this.subflows = subflows;
        this.sendWindow = sendWindow;
    }

    SentFrame frame() {
        return frame;
    }

    SubflowControl carrier() {
        return carrier;
    }

    /** Looks for the next frame to copy, from that number on; false if there is none. */
    boolean find(long fromFrameNumber, long nowNanos) {
        carrier = subflows.candidates().size() < 2 ? null : soonest(nowNanos);
        if (carrier == null) {
            return false;
        }
        frame = sendWindow.unacknowledgedFrom(fromFrameNumber);
        while (frame != null && !isWorthIt(nowNanos)) {
            frame = sendWindow.unacknowledgedFrom(frame.frameNumber + 1);
        }
        return frame != null;
    }

    private SubflowControl soonest(long nowNanos) {
        SubflowControl soonest = null;
        long soonestNanos = Deadline.NONE;
        for (int i = 0; i < subflows.candidates().size(); i++) {
            SubflowControl subflow = subflows.candidates().get(i);
            if (subflow.canTake()) {
                long atNanos = subflow.arrivesAtNanos(0, nowNanos);
                if (atNanos < soonestNanos) {
                    soonest = subflow;
                    soonestNanos = atNanos;
                }
            }
        }
        return soonest;
    }

    private boolean isWorthIt(long nowNanos) {
        Transmission copy = frame.onlyTransmission();
        if (copy == null || copy.carrier == carrier || frame.queuedFor != null) {
            return false;
        }
        long hereNanos = carrier.arrivesAtNanos(frame.payloadBytes, nowNanos);
        long gainNanos = copy.expectedAtNanos - hereNanos;
        return gainNanos > Math.max(MIN_GAIN_NANOS, (hereNanos - nowNanos) / 4)
                || nowNanos > copy.carrier.overdueAtNanos(copy.sentAtNanos, copy.expectedAtNanos);
    }
}
