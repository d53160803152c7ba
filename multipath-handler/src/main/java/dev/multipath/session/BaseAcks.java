package dev.multipath.session;

/** What an acknowledgement of the base profile tells: one frame has arrived, on the subflow that it came on. */
final class BaseAcks {

    private final SendWindow sendWindow;
    private final Retransmitter retransmitter;

    BaseAcks(SendWindow sendWindow, Retransmitter retransmitter) {
        this.sendWindow = sendWindow;
        this.retransmitter = retransmitter;
    }

    /** Returns the copy on this subflow that it acknowledges, or null. */
    Transmission onAck(Subflow subflow, long frameNumber, long nowNanos) throws UnsentFrameAckedException {
        if (frameNumber >= sendWindow.nextFrameNumber()) {
            throw new UnsentFrameAckedException(frameNumber, sendWindow.nextFrameNumber());
        }
        SentFrame frame = sendWindow.get(frameNumber);
        if (frame == null) {
            return null;
        }
        // A subflow delivers in order and its receiver acknowledges in order, on the same subflow; so an
        // acknowledgement tells which copy arrived, and that the receiver dropped what was sent before it.
        Transmission delivered = frame.transmissionOn(subflow);
        if (delivered != null) {
            boolean sampleRtt = frame.wasSentOnce() && !frame.isAcknowledged();
            subflow.onDelivered(delivered, sampleRtt ? nowNanos - delivered.sentAtNanos : Subflow.NO_SAMPLE, nowNanos);
            frame.resolveOn(subflow);
        }
        if (!frame.isAcknowledged()) {
            sendWindow.acknowledge(frame);
            retransmitter.onProgress();
        }
        return delivered;
    }
}
