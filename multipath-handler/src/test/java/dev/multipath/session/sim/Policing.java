package dev.multipath.session.sim;

import dev.multipath.session.sim.TcpControl.Ack;

/**
 * How Linux's bbr finds a policer ({@code bbr_lt_bw_sampling}): two intervals of four to sixteen round trips that each lose a sixth of what they
 * send, at the same rate. That rate it keeps to then, for 48 round trips.
 */
final class Policing {

    private static final int LEAST_ROUNDS = 4;
    private static final int MOST_ROUNDS = 16;
    private static final int ROUNDS_OF_USE = 48;
    private static final double LOST_OF_DELIVERED = 50.0 / 256;
    private static final double SAME_RATE = 1.0 / 8;
    private static final double SAME_BYTES_PER_SECOND = 500;
    private static final double NANOS_PER_SECOND = 1e9;

    private boolean sampling;
    private boolean used;
    private double bytesPerSecond;
    private int rounds;
    private long knownLostBytes;

    // ---- when the interval began
    private long sinceNanos;
    private long deliveredBytes;
    private long lostBytes;

    boolean isUsed() {
        return used;
    }

    double bytesPerSecond() {
        return bytesPerSecond;
    }

    /** Returns whether the time of keeping to it is over just now. */
    boolean onAck(Ack ack, boolean steady, long nowNanos) {
        boolean loss = ack.lostBytes() > knownLostBytes;
        knownLostBytes = ack.lostBytes();
        if (used) {
            if (steady && ack.roundStarts() && ++rounds >= ROUNDS_OF_USE) {
                reset(ack, nowNanos);
                return true;
            }
            return false;
        }
        if (!sampling) {
            if (!loss) {
                return false;
            }
            begin(ack, nowNanos);
            sampling = true;
        }
        if (ack.applicationLimited()) {
            reset(ack, nowNanos);
            return false;
        }
        rounds += ack.roundStarts() ? 1 : 0;
        if (rounds > MOST_ROUNDS) {
            reset(ack, nowNanos);
        } else if (rounds >= LEAST_ROUNDS && loss) {
            onInterval(ack, nowNanos);
        }
        return false;
    }

    private void onInterval(Ack ack, long nowNanos) {
        long delivered = ack.deliveredBytes() - deliveredBytes;
        long lost = ack.lostBytes() - lostBytes;
        if (delivered == 0 || lost < LOST_OF_DELIVERED * delivered || nowNanos == sinceNanos) {
            return;
        }
        double rate = delivered * NANOS_PER_SECOND / (nowNanos - sinceNanos);
        double difference = Math.abs(rate - bytesPerSecond);
        if (bytesPerSecond > 0 && difference <= Math.max(SAME_RATE * bytesPerSecond, SAME_BYTES_PER_SECOND)) {
            bytesPerSecond = (rate + bytesPerSecond) / 2;
            used = true;
            rounds = 0;
        } else {
            bytesPerSecond = rate;
            begin(ack, nowNanos);
        }
    }

    private void reset(Ack ack, long nowNanos) {
        bytesPerSecond = 0;
        used = false;
        sampling = false;
        begin(ack, nowNanos);
    }

    private void begin(Ack ack, long nowNanos) {
        sinceNanos = nowNanos;
        deliveredBytes = ack.deliveredBytes();
        lostBytes = ack.lostBytes();
        rounds = 0;
    }
}
