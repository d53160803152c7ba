package dev.multipath.congestion;

/**
 * The window that one CUBIC (RFC 9438) would have in the place of several connections: it falls once for all that they lose in a
 * round trip, and grows again as one does. Without a limit until something was lost, since until then their own slow starts
 * look for the path's end.
 */
final class CubicWindow {

    /** RFC 9438 section 4.6. */
    private static final double BETA = 0.7;

    /** RFC 9438 section 5.1, in packets per second cubed. */
    private static final double C = 0.4;

    /** What an Ethernet packet of TCP carries; QUIC's are a little smaller. */
    private static final double PACKET_BYTES = 1448;

    private static final double MIN_PACKETS = 2;

    /** What was lost at once is told as it is sent again: in the next round trip, and the one behind it. */
    private static final int RECOVERY_ROUND_TRIPS = 2;

    private static final double NANOS_PER_SECOND = 1e9;

    /** RFC 9438 section 4.7: what it aims at who has less than before; and how fast it grows. */
    enum Convergence {
        /** At that, and as one connection does. */
        SLOW(1, 1),

        /**
         * At less than that: it makes room for whoever has come; and leaves some unused if nobody has. And slower: what several send within
         * limits of their own comes evenly, and loses less often than a connection that fills the same queue.
         */
        FAST((1 + BETA) / 2, 0.65);

        private final double aim;
        private final double growth;

        Convergence(double aim, double growth) {
            this.aim = aim;
            this.growth = growth;
        }
    }

    private final Convergence convergence;

    private double maxPackets;
    private double cutPackets;
    private double secondsToMax;
    private long epochNanos;
    private long rttNanos;
    private boolean cut;

    CubicWindow(Convergence convergence) {
        this.convergence = convergence;
    }

    /**
     * Packets were lost.
     *
     * @param inFlightBytes of all that count
     * @param newRttNanos the smoothed round trip, queue included
     */
    void onLoss(long inFlightBytes, long newRttNanos, long nowNanos) {
        rttNanos = Math.max(1, newRttNanos);
        if (cut && nowNanos - epochNanos < RECOVERY_ROUND_TRIPS * rttNanos) {
            return;
        }
        double packets = inFlightBytes / PACKET_BYTES;
        maxPackets = cut && packets < maxPackets ? packets * convergence.aim : packets;
        cutPackets = Math.max(MIN_PACKETS, packets * BETA);
        secondsToMax = Math.cbrt(Math.max(0, maxPackets - cutPackets) / (convergence.growth * C));
        epochNanos = nowNanos;
        cut = true;
    }

    /** {@return how much all may have in flight together} */
    long bytes(long nowNanos) {
        if (!cut) {
            return Long.MAX_VALUE;
        }
        double seconds = (nowNanos - epochNanos) / NANOS_PER_SECOND;
        double ahead = seconds - secondsToMax;
        double cubic = maxPackets + convergence.growth * C * ahead * ahead * ahead;
        double perRoundTrip = convergence.growth * 3 * (1 - BETA) / (1 + BETA);
        double friendly = cutPackets + perRoundTrip * seconds * NANOS_PER_SECOND / rttNanos;
        return (long) (Math.max(cubic, friendly) * PACKET_BYTES);
    }
}
