package dev.multipath.session.sim;

import java.util.ArrayDeque;

/**
 * BBR, version 1 (draft-cardwell-iccrg-bbr-congestion-control-00): with its PROBE_RTT, and blind for losses, but for those that look like a
 * policer's ({@link Policing}).
 */
final class BbrLike implements TcpControl {

    private static final double HIGH_GAIN = 2.885;
    private static final double WINDOW_GAIN = 2;
    private static final double[] CYCLE = {1.25, 0.75, 1, 1, 1, 1, 1, 1};
    private static final long MIN_WINDOW_BYTES = 4L * TcpLink.MSS_BYTES;
    private static final long MIN_RTT_WINDOW_NANOS = 10_000_000_000L;
    private static final long PROBE_RTT_NANOS = 200_000_000L;
    private static final int RATE_WINDOW_ROUNDS = 10;
    private static final double NANOS_PER_SECOND = 1e9;

    private record Sample(int round, double bytesPerSecond) {}

    private enum Phase {
        STARTUP,
        DRAIN,
        PROBE_BW,
        PROBE_RTT
    }

    private Phase phase = Phase.STARTUP;
    private double windowBytes = INITIAL_WINDOW_BYTES;
    private double windowBeforeBytes;

    /** Falling maxima of late; they age with samples that count, not with time. */
    private final ArrayDeque<Sample> maxima = new ArrayDeque<>();

    private Policing policing = new Policing();

    private int round;
    private double pacing = HIGH_GAIN * INITIAL_WINDOW_BYTES * 1000;
    private double fullRate;
    private int roundsWithoutGrowth;
    private boolean filled;
    private long minRttNanos = Long.MAX_VALUE;
    private long minRttAtNanos;
    private long probeRttDoneNanos = -1;
    private int cycle;
    private long cycleAtNanos;
    private boolean timedOut;

    @Override
    public void onAck(Ack ack, long nowNanos) {
        if (ack.roundStarts()) {
            round++;
        }
        if (policing.onAck(ack, phase == Phase.PROBE_BW, nowNanos)) {
            probeBandwidth(nowNanos);
        }
        if (!ack.applicationLimited() || ack.bytesPerSecond() > rate()) {
            while (!maxima.isEmpty() && maxima.peekLast().bytesPerSecond <= ack.bytesPerSecond()) {
                maxima.pollLast();
            }
            maxima.add(new Sample(round, ack.bytesPerSecond()));
            while (maxima.peek().round <= round - RATE_WINDOW_ROUNDS) {
                maxima.poll();
            }
        }
        if (minRttNanos == Long.MAX_VALUE) {
            // Linux: the first window over the first round trip.
            pacing = HIGH_GAIN * INITIAL_WINDOW_BYTES * NANOS_PER_SECOND / ack.rttNanos();
        }
        boolean expired = minRttNanos != Long.MAX_VALUE && nowNanos - minRttAtNanos > MIN_RTT_WINDOW_NANOS;
        if (ack.rttNanos() <= minRttNanos || expired) {
            minRttNanos = ack.rttNanos();
            minRttAtNanos = nowNanos;
        }
        updatePhase(ack, expired, nowNanos);
        updateWindow(ack);
        double wanted = gain() * presentRate();
        pacing = filled ? wanted : Math.max(pacing, wanted);
    }

    private void updatePhase(Ack ack, boolean minRttExpired, long nowNanos) {
        if (ack.roundStarts() && !filled && !ack.applicationLimited()) {
            if (rate() >= 1.25 * fullRate) {
                fullRate = rate();
                roundsWithoutGrowth = 0;
            } else if (++roundsWithoutGrowth >= 3) {
                filled = true;
            }
        }
        if (phase == Phase.STARTUP && filled) {
            phase = Phase.DRAIN;
        }
        if (phase == Phase.DRAIN && ack.inFlightBytes() <= product(1)) {
            probeBandwidth(nowNanos);
        }
        if (phase == Phase.PROBE_BW) {
            boolean longEnough = nowNanos - cycleAtNanos > minRttNanos;
            if (longEnough || (CYCLE[cycle] < 1 && ack.inFlightBytes() <= product(1))) {
                cycle = (cycle + 1) % CYCLE.length;
                cycleAtNanos = nowNanos;
            }
        }
        if (minRttExpired && phase != Phase.PROBE_RTT) {
            phase = Phase.PROBE_RTT;
            windowBeforeBytes = Math.max(windowBeforeBytes, windowBytes);
            probeRttDoneNanos = -1;
        }
        if (phase == Phase.PROBE_RTT) {
            if (probeRttDoneNanos < 0 && ack.inFlightBytes() <= MIN_WINDOW_BYTES) {
                probeRttDoneNanos = nowNanos + PROBE_RTT_NANOS + minRttNanos;
            } else if (probeRttDoneNanos >= 0 && nowNanos > probeRttDoneNanos) {
                minRttAtNanos = nowNanos;
                windowBytes = Math.max(windowBytes, windowBeforeBytes);
                windowBeforeBytes = 0;
                if (filled) {
                    probeBandwidth(nowNanos);
                } else {
                    phase = Phase.STARTUP;
                }
            }
        }
    }

    private void probeBandwidth(long nowNanos) {
        phase = Phase.PROBE_BW;
        cycle = 2;
        cycleAtNanos = nowNanos;
    }

    private void updateWindow(Ack ack) {
        if (timedOut) {
            timedOut = false;
            windowBytes = Math.max(windowBytes, windowBeforeBytes);
            windowBeforeBytes = 0;
        }
        if (filled) {
            windowBytes = Math.min(windowBytes + ack.ackedBytes(), product(WINDOW_GAIN) + 3 * quantumBytes());
        } else if (windowBytes < product(HIGH_GAIN) || ack.deliveredBytes() < INITIAL_WINDOW_BYTES) {
            windowBytes += ack.ackedBytes();
        }
        windowBytes = Math.max(windowBytes, MIN_WINDOW_BYTES);
        if (phase == Phase.PROBE_RTT) {
            windowBytes = Math.min(windowBytes, MIN_WINDOW_BYTES);
        }
    }

    private double quantumBytes() {
        return Math.max(2 * TcpLink.MSS_BYTES, presentRate() / 1000);
    }

    private double presentRate() {
        return policing.isUsed() ? policing.bytesPerSecond() : rate();
    }

    private double rate() {
        return maxima.isEmpty() ? 0 : maxima.peek().bytesPerSecond;
    }

    private double product(double gain) {
        return minRttNanos == Long.MAX_VALUE
                ? INITIAL_WINDOW_BYTES
                : gain * presentRate() * minRttNanos / NANOS_PER_SECOND;
    }

    @Override
    public void onLoss(long nowNanos) {
        // It goes by rate and delay.
    }

    @Override
    public void onTimeout(long nowNanos) {
        windowBeforeBytes = Math.max(windowBeforeBytes, windowBytes);
        windowBytes = TcpLink.MSS_BYTES;
        timedOut = true;
    }

    @Override
    public void onRestart(long idleNanos, long timeoutNanos, long nowNanos) {
        // It keeps its model.
    }

    /** Linux: bbr_init. */
    @Override
    public void restart(long smoothedRttNanos) {
        phase = Phase.STARTUP;
        maxima.clear();
        policing = new Policing();
        fullRate = 0;
        roundsWithoutGrowth = 0;
        filled = false;
        windowBeforeBytes = 0;
        probeRttDoneNanos = -1;
        timedOut = false;
        if (smoothedRttNanos > 0) {
            pacing = HIGH_GAIN * windowBytes * NANOS_PER_SECOND / smoothedRttNanos;
        }
    }

    @Override
    public long windowBytes() {
        return (long) windowBytes;
    }

    private double gain() {
        return switch (phase) {
            case STARTUP -> HIGH_GAIN;
            case DRAIN -> 1 / HIGH_GAIN;
            case PROBE_BW -> policing.isUsed() ? 1 : CYCLE[cycle];
            case PROBE_RTT -> 1;
        };
    }

    @Override
    public double pacingBytesPerSecond() {
        return pacing;
    }

    @Override
    public boolean limitsItself() {
        return phase == Phase.PROBE_RTT;
    }
}
