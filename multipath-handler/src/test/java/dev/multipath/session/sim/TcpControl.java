package dev.multipath.session.sim;

/** How much a modelled TCP sender has on the way. */
interface TcpControl {

    /** Linux's first window: ten packets (RFC 6928). */
    int INITIAL_WINDOW_BYTES = 10 * TcpLink.MSS_BYTES;

    /** The two of the tables. */
    enum Kind {
        BBR,
        CUBIC;

        TcpControl create() {
            return this == BBR ? new BbrLike() : new CubicLike();
        }
    }

    /**
     * What an acknowledgement says.
     *
     * @param ackedBytes newly acknowledged
     * @param deliveredBytes since the beginning
     * @param rttNanos of the newest packet
     * @param bytesPerSecond the delivery rate, sampled over its round trip
     * @param applicationLimited whether that is too low because there was too little to send
     * @param roundStarts whether a round trip has passed since it last was true
     * @param inFlightBytes what is on the way now
     * @param windowLimited whether more would have been sent if the window had been larger
     * @param lostBytes since the beginning
     */
    record Ack(
            int ackedBytes,
            long deliveredBytes,
            long rttNanos,
            double bytesPerSecond,
            boolean applicationLimited,
            boolean roundStarts,
            long inFlightBytes,
            boolean windowLimited,
            long lostBytes) {}

    void onAck(Ack ack, long nowNanos);

    /** Packets were lost; once a round trip. */
    void onLoss(long nowNanos);

    /** The retransmission time-out: nothing came back. */
    void onTimeout(long nowNanos);

    /** Something is sent after a rest. */
    void onRestart(long idleNanos, long timeoutNanos, long nowNanos);

    /** It forgets all that it knows but the window. */
    default void restart(long smoothedRttNanos) {}

    long windowBytes();

    /** How fast packets leave; infinite if only the window limits that. */
    double pacingBytesPerSecond();

    /** Whether it sends less than it could, so that rates of now tell nothing. */
    default boolean limitsItself() {
        return false;
    }
}
