package dev.multipath.session.sim;

/** Slow start with an end by delay (HyStart), then CUBIC (RFC 9438). */
final class CubicLike implements TcpControl {

    private static final double BETA = 0.7;
    private static final double C = 0.4;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int HYSTART_SAMPLES = 4;

    private double windowBytes = INITIAL_WINDOW_BYTES;
    private double thresholdBytes = Double.MAX_VALUE;
    private double maxPackets;
    private long epochNanos = -1;
    private double epochPackets;
    private double k;
    private long minRttNanos = Long.MAX_VALUE;
    private long roundMinNanos = Long.MAX_VALUE;
    private int roundSamples;

    @Override
    public void onAck(Ack ack, long nowNanos) {
        minRttNanos = Math.min(minRttNanos, ack.rttNanos());
        if (ack.roundStarts()) {
            roundMinNanos = Long.MAX_VALUE;
            roundSamples = 0;
        }
        roundMinNanos = Math.min(roundMinNanos, ack.rttNanos());
        roundSamples++;
        if (windowBytes < thresholdBytes) {
            if (ack.windowLimited()) {
                windowBytes += ack.ackedBytes();
            }
            long marginNanos = Math.max(4_000_000, Math.min(minRttNanos / 8, 16_000_000));
            if (roundSamples >= HYSTART_SAMPLES && roundMinNanos >= minRttNanos + marginNanos) {
                thresholdBytes = windowBytes;
            }
        } else if (ack.windowLimited()) {
            avoid(ack.ackedBytes(), ack.rttNanos(), nowNanos);
        }
    }

    private void avoid(int ackedBytes, long rttNanos, long nowNanos) {
        double packets = windowBytes / TcpLink.MSS_BYTES;
        if (epochNanos < 0) {
            epochNanos = nowNanos;
            epochPackets = packets;
            maxPackets = Math.max(maxPackets, packets);
            k = Math.cbrt((maxPackets - packets) / C);
        }
        double seconds = (nowNanos - epochNanos) / NANOS_PER_SECOND;
        double ahead = seconds + minRttNanos / NANOS_PER_SECOND - k;
        double target = maxPackets + C * ahead * ahead * ahead;
        double friendly = epochPackets + 3 * (1 - BETA) / (1 + BETA) * seconds / (rttNanos / NANOS_PER_SECOND);
        target = Math.min(Math.max(target, friendly), 1.5 * packets);
        windowBytes += target > packets ? ackedBytes * (target - packets) / packets : ackedBytes / (100 * packets);
    }

    @Override
    public void onLoss(long nowNanos) {
        double packets = windowBytes / TcpLink.MSS_BYTES;
        maxPackets = packets < maxPackets ? packets * (1 + BETA) / 2 : packets;
        windowBytes = Math.max(2 * TcpLink.MSS_BYTES, windowBytes * BETA);
        thresholdBytes = windowBytes;
        epochNanos = -1;
    }

    @Override
    public void onTimeout(long nowNanos) {
        onLoss(nowNanos);
        windowBytes = TcpLink.MSS_BYTES;
    }

    @Override
    public void onRestart(long idleNanos, long timeoutNanos, long nowNanos) {
        // RFC 2861, as Linux does it: tcp_cwnd_restart. Who has seen no loss yet goes on with slow start.
        thresholdBytes = Math.max(thresholdBytes, windowBytes * 3 / 4);
        for (long left = idleNanos; left > timeoutNanos && windowBytes > INITIAL_WINDOW_BYTES; left -= timeoutNanos) {
            windowBytes = Math.max(INITIAL_WINDOW_BYTES, windowBytes / 2);
        }
        epochNanos = -1;
    }

    @Override
    public long windowBytes() {
        return (long) windowBytes;
    }

    @Override
    public double pacingBytesPerSecond() {
        return Double.POSITIVE_INFINITY;
    }
}
