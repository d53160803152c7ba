package dev.multipath.session.sim;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.StatsTracker;

/** What one end of the extended profile has put on the wire and got from it, all subflows together. */
final class FrameLedger implements StatsTracker {

    /** What a peer may send that has not heard of any grant: {@code docs/PROTOCOL.md} 4.4. */
    private static final long INITIAL_CREDIT_BYTES = 64 << 10;

    private static final long NONE = -1;

    long sentBytes;
    long retransmittedBytes;
    long acks;
    long ackBytes;
    long pings;
    long pongs;
    long otherControl;
    long numberedGot;
    long pingsGot;
    long grantedBytes = INITIAL_CREDIT_BYTES;
    long creditBytes = INITIAL_CREDIT_BYTES;
    long resetCode = NONE;
    boolean gotHello;

    void onPut(Frame frame) {
        if (frame instanceof CumulativeAckFrame ack) {
            acks++;
            ackBytes += WireSize.of(frame);
            grantedBytes = Math.max(grantedBytes, ack.maxDataBytes());
        } else if (frame instanceof HelloFrame hello) {
            grantedBytes = Math.max(grantedBytes, hello.maxDataBytes());
        } else if (frame instanceof ControlFrame control) {
            pings += control.isPing() ? 1 : 0;
            pongs += control.isPong() ? 1 : 0;
        } else if (frame instanceof ResetFrame reset) {
            resetCode = reset.code();
        } else if (!(frame instanceof DataFrame || frame instanceof FinFrame)) {
            otherControl++;
        }
    }

    void onGot(Frame frame) {
        if (frame instanceof DataFrame || frame instanceof FinFrame) {
            numberedGot++;
        } else if (frame instanceof HelloFrame hello) {
            gotHello = true;
            creditBytes = Math.max(creditBytes, hello.maxDataBytes());
        } else if (frame instanceof CumulativeAckFrame ack) {
            creditBytes = Math.max(creditBytes, ack.maxDataBytes());
        } else if (frame instanceof ControlFrame control && control.isPing()) {
            pingsGot++;
        }
    }

    @Override
    public void onSent(int payloadBytes) {
        sentBytes += payloadBytes;
    }

    @Override
    public void onRetransmitted(int payloadBytes) {
        retransmittedBytes += payloadBytes;
    }

    @Override
    public String toString() {
        return String.format(
                "put %d acks, %d pings, %d pongs, %d other; got %d numbered, %d pings",
                acks, pings, pongs, otherControl, numberedGot, pingsGot);
    }
}
