package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;

/** What a session does with the frames of the base profile: {@code docs/PROTOCOL.md} 2. */
final class BaseProfile {

    private final Inbox inbox;
    private final SendWindow sendWindow;
    private final ReceiveWindow receiveWindow;
    private final Retransmitter retransmitter;
    private final Liveness liveness;
    private final Losses losses;

    BaseProfile(
            Inbox inbox,
            SendWindow sendWindow,
            ReceiveWindow receiveWindow,
            Retransmitter retransmitter,
            Liveness liveness,
            Losses losses) {
        this.inbox = inbox;
        this.sendWindow = sendWindow;
        this.receiveWindow = receiveWindow;
        this.retransmitter = retransmitter;
        this.liveness = liveness;
        this.losses = losses;
    }

    void onFrame(SubflowControl subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        if (frame instanceof DataFrame data) {
            onData(subflow, data);
        } else if (frame instanceof AckFrame ack) {
            onAck(subflow, ack.frameNumber(), nowNanos);
        } else if (frame instanceof ControlFrame control) {
            liveness.onControl(subflow, control, nowNanos);
        } else {
            throw new UnexpectedFrameException(frame + " in a session of the base profile");
        }
    }

    private void onData(SubflowControl subflow, DataFrame data) {
        int payloadBytes = data.payload().readableBytes();
        subflow.tracker().onReceived(payloadBytes);
        switch (receiveWindow.offer(data.frameNumber(), data.payload())) {
            case ACCEPTED -> {
                subflow.onNewReceived(payloadBytes);
                subflow.pendingAcks().add(data.frameNumber());
            }
            case DUPLICATE -> subflow.pendingAcks().add(data.frameNumber());
            case DROPPED -> {
                // No acknowledgement: the peer will send it again, as it would to a Go receiver.
            }
        }
        inbox.discardIfUnread();
    }

    /** One frame has arrived, on the subflow that its acknowledgement comes on. */
    private void onAck(SubflowControl subflow, long frameNumber, long nowNanos) throws UnsentFrameAckedException {
        if (frameNumber >= sendWindow.nextFrameNumber()) {
            throw new UnsentFrameAckedException(frameNumber, sendWindow.nextFrameNumber());
        }
        SentFrame frame = sendWindow.get(frameNumber);
        if (frame == null) {
            return;
        }
        // A subflow delivers in order and its receiver acknowledges in order, on the same subflow; so an
        // acknowledgement tells which copy arrived, and that the receiver dropped what was sent before it.
        Transmission delivered = frame.transmissionOn(subflow);
        if (delivered != null) {
            boolean sampleRtt = frame.wasSentOnce() && !frame.isAcknowledged();
            subflow.onDelivered(
                    delivered, sampleRtt ? nowNanos - delivered.sentAtNanos : SubflowControl.NO_SAMPLE, nowNanos);
            frame.resolveOn(subflow);
            losses.onAnswered(delivered.sentAtNanos);
        }
        if (!frame.isAcknowledged()) {
            sendWindow.acknowledge(frame);
            retransmitter.onProgress();
        }
        if (delivered != null) {
            liveness.onDelivered(subflow);
            retransmitter.onDelivered(subflow, delivered);
        }
    }
}
