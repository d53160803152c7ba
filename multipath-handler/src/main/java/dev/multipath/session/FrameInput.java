package dev.multipath.session;

import dev.multipath.codec.Frame;
import dev.multipath.codec.ResetFrame;
import io.netty.buffer.ByteBuf;

/**
 * What subflows bring, on its way to the rules of the profile. The usual frames may come without an object for each. Of a {@link
 * MultipathSession}, and on its thread.
 */
public final class FrameInput {

    private final SessionCore core;

    FrameInput(SessionCore core) {
        this.core = core;
    }

    /** One of data comes to {@link #onData}. */
    void onFrame(SubflowControl subflow, Frame frame, long nowNanos) throws SubflowViolationException {
        if (!isHeard(subflow)) {
            if (frame instanceof ResetFrame && subflow.isSettled()) {
                core.end.onPeerFinished();
            }
            return;
        }
        rules(subflow, frame, nowNanos).onFrame(subflow, frame, nowNanos);
        core.suspicion.onReceived(nowNanos);
    }

    /**
     * A {@link dev.multipath.codec.DataFrame} arrived.
     *
     * @param subflow the one that carried it
     * @param frameNumber as there
     * @param payload as there; is taken over, whatever comes of it
     * @param nowNanos the present
     * @throws SubflowViolationException as from {@link MultipathSession#onFrame}
     */
    public void onData(Subflow subflow, long frameNumber, ByteBuf payload, long nowNanos)
            throws SubflowViolationException {
        if (!isHeard(subflow)) {
            payload.release();
            return;
        }
        SubflowControl control = (SubflowControl) subflow;
        rules(control, null, nowNanos).onData(control, frameNumber, payload, nowNanos);
        core.suspicion.onReceived(nowNanos);
    }

    /**
     * A {@link dev.multipath.codec.CumulativeAckFrame} without ranges arrived.
     *
     * @param subflow the one that carried it
     * @param nextExpected as there
     * @param maxDataBytes as there
     * @param subflowFrames as there
     * @param ackDelayMicros as there
     * @param nowNanos the present
     * @throws SubflowViolationException as from {@link MultipathSession#onFrame}
     */
    public void onAck(
            Subflow subflow,
            long nextExpected,
            long maxDataBytes,
            long subflowFrames,
            long ackDelayMicros,
            long nowNanos)
            throws SubflowViolationException {
        if (!isHeard(subflow)) {
            return;
        }
        SubflowControl control = (SubflowControl) subflow;
        rules(control, null, nowNanos)
                .onAck(control, nextExpected, maxDataBytes, subflowFrames, ackDelayMicros, nowNanos);
        core.suspicion.onReceived(nowNanos);
    }

    void onDataBegun(SubflowControl subflow, long nowNanos) throws SubflowViolationException {
        if (!isHeard(subflow)) {
            return;
        }
        core.negotiation.decide(subflow, null, nowNanos);
        if (!subflow.handshake().takesData()) {
            throw new UnexpectedFrameException("data before the handshake: " + subflow.handshake().state);
        }
    }

    private boolean isHeard(Subflow subflow) {
        return !core.end.isGivenUp() && subflow.state() != SubflowState.CLOSED;
    }

    /** Something has come on the subflow; {@code null} stands for all but what shows the extended profile. */
    private SessionProfile rules(SubflowControl subflow, Frame first, long nowNanos) throws JoinRefusedException {
        SessionProfile rules = core.negotiation.decide(subflow, first, nowNanos);
        subflow.timing().onHeard(nowNanos);
        core.suspicion.onHeard(subflow);
        return rules;
    }
}
