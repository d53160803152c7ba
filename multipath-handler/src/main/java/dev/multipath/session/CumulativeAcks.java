package dev.multipath.session;

import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.session.SentFrame.Transmission;

/** Acknowledgements of the extended profile, the peer's and our own: {@code docs/PROTOCOL.md} 4.3. */
final class CumulativeAcks {

    private static final long NANOS_PER_MICRO = 1_000;

    private final SubflowSet subflows;
    private final SendWindow sendWindow;
    private final ReceiveWindow receiveWindow;
    private final Liveness liveness;
    private final SendCredit sendCredit;
    private final ReceiveCredit receiveCredit;

    CumulativeAcks(
            SubflowSet subflows,
            SendWindow sendWindow,
            ReceiveWindow receiveWindow,
            Liveness liveness,
            SendCredit sendCredit,
            ReceiveCredit receiveCredit) {
        this.subflows = subflows;
        this.sendWindow = sendWindow;
        this.receiveWindow = receiveWindow;
        this.liveness = liveness;
        this.sendCredit = sendCredit;
        this.receiveCredit = receiveCredit;
    }

    /** What has come up to now, in all and on this subflow, and how much more may come. */
    CumulativeAckFrame take(SubflowControl subflow, long nowNanos) {
        AckSchedule schedule = subflow.acks();
        schedule.onAcknowledged();
        return new CumulativeAckFrame(
                receiveWindow.nextExpected(),
                receiveCredit.grant(),
                receiveWindow.ranges(CumulativeAckFrame.MAX_RANGES),
                schedule.frames(),
                schedule.delayMicros(nowNanos));
    }

    /** The same, to a sink. Returns whether the subflow's channel can take more. */
    boolean write(SubflowControl subflow, long nowNanos, FrameSink sink) {
        if (receiveWindow.waitingFrames() > 0) {
            return sink.write(subflow, take(subflow, nowNanos));
        }
        AckSchedule schedule = subflow.acks();
        schedule.onAcknowledged();
        return sink.writeAck(
                subflow,
                receiveWindow.nextExpected(),
                receiveCredit.grant(),
                schedule.frames(),
                schedule.delayMicros(nowNanos));
    }

    void onAck(SubflowControl subflow, CumulativeAckFrame ack, long nowNanos) throws UnsentFrameAckedException {
        long[] ranges = ack.ranges();
        requireSent(ranges.length == 0 ? ack.nextExpected() : ranges[ranges.length - 1]);
        onAck(subflow, ack.nextExpected(), ack.maxDataBytes(), ack.subflowFrames(), ack.ackDelayMicros(), nowNanos);
        for (int i = 0; i < ranges.length; i += 2) {
            acknowledge(ranges[i], ranges[i + 1], nowNanos);
        }
    }

    private void requireSent(long end) throws UnsentFrameAckedException {
        if (end > sendWindow.nextFrameNumber()) {
            throw new UnsentFrameAckedException(end - 1, sendWindow.nextFrameNumber());
        }
    }

    /** One without ranges. */
    void onAck(
            SubflowControl subflow,
            long nextExpected,
            long maxDataBytes,
            long subflowFrames,
            long ackDelayMicros,
            long nowNanos)
            throws UnsentFrameAckedException {
        requireSent(nextExpected);
        if (subflowFrames > subflow.flight().sentFrames()) {
            throw new UnsentFrameAckedException(subflowFrames, subflow.flight().sentFrames(), subflow.id());
        }
        sendCredit.onGranted(maxDataBytes);
        onReceivedOnSubflow(subflow, subflowFrames, ackDelayMicros, nowNanos);
        acknowledge(DataFrame.FIRST_FRAME_NUMBER, nextExpected, nowNanos);
    }

    /** What came on other subflows too: each learns that of its own. */
    private void acknowledge(long from, long to, long nowNanos) {
        SentFrame frame;
        long number = from;
        while ((frame = sendWindow.unacknowledgedFrom(number)) != null && frame.frameNumber < to) {
            Transmission copy = frame.onlyTransmission();
            if (copy != null) {
                subflows.onTold(copy, nowNanos);
            }
            number = frame.frameNumber + 1;
        }
        sendWindow.acknowledge(from, to);
    }

    /** A subflow delivers in order, so the number of frames that came on it tells which copies did. */
    private void onReceivedOnSubflow(SubflowControl subflow, long subflowFrames, long ackDelayMicros, long nowNanos) {
        Transmission delivered;
        Transmission newest = null;
        while ((delivered = subflow.flight().pollReceivedByPeer(subflowFrames)) != null) {
            if (newest != null) {
                onDelivered(subflow, newest, SubflowControl.NO_SAMPLE, nowNanos);
            }
            newest = delivered;
        }
        if (newest != null) {
            long elapsedNanos = nowNanos - newest.sentAtNanos;
            // A peer's delay that exceeds the round trip is not to be believed.
            boolean sampled = newest.frame.isSample() && ackDelayMicros < elapsedNanos / NANOS_PER_MICRO;
            long rttNanos = sampled ? elapsedNanos - ackDelayMicros * NANOS_PER_MICRO : SubflowControl.NO_SAMPLE;
            onDelivered(subflow, newest, rttNanos, nowNanos);
            liveness.onDelivered(subflow);
        }
    }

    private void onDelivered(SubflowControl subflow, Transmission copy, long rttNanos, long nowNanos) {
        if (!copy.frame.isAcknowledged()) {
            subflow.flight().onTold(copy, nowNanos);
        }
        subflow.onDelivered(copy, rttNanos, nowNanos);
        sendWindow.acknowledge(copy.frame.frameNumber, copy.frame.frameNumber + 1);
    }
}
