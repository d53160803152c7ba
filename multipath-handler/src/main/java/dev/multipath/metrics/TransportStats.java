package dev.multipath.metrics;

/**
 * What a transport knows of the way below a subflow, beyond what the session measures itself.
 *
 * @param smoothedRttNanos its round trip, or {@link #UNKNOWN}
 * @param congestionWindowBytes how much it lets be in flight, or {@link #UNKNOWN}
 * @param deliveryBytesPerSecond how fast the peer gets it, or {@link #UNKNOWN}
 * @param unsentBytes what it has taken and not sent yet, or {@link #UNKNOWN}
 * @param unacknowledgedBytes what it has sent, and does not know to have arrived with all before it, or {@link #UNKNOWN}: where {@code
 *     unsentBytes} is unknown, the rest of what is in flight is unsent
 * @param heldBytes what the peer's host has got of that, and keeps from its application until something before it is sent again, or
 *     {@link #UNKNOWN}
 * @param lostPackets how many packets it has taken for lost so far, or {@link #UNKNOWN}
 * @param mptcp what the kernel's Multipath TCP tells, if the subflow is a connection of that; else {@link MptcpStats#NONE}
 */
public record TransportStats(
        long smoothedRttNanos,
        long congestionWindowBytes,
        long deliveryBytesPerSecond,
        long unsentBytes,
        long unacknowledgedBytes,
        long heldBytes,
        long lostPackets,
        MptcpStats mptcp) {

    /** Of a number that the transport cannot tell, or not yet. */
    public static final long UNKNOWN = -1;

    /** Of a transport that tells nothing. */
    public static final TransportStats NONE =
            new TransportStats(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, MptcpStats.NONE);

    /** {@return whether the peer's host is known to have all that was sent} Its application may not have got it. */
    public boolean isAllArrived() {
        return unacknowledgedBytes == 0 && unsentBytes <= 0;
    }

    /**
     * The same of a connection of Multipath TCP.
     *
     * @param stats what the kernel tells of it
     * @return another one; this one is as before
     */
    public TransportStats with(MptcpStats stats) {
        return new TransportStats(
                smoothedRttNanos,
                congestionWindowBytes,
                deliveryBytesPerSecond,
                unsentBytes,
                unacknowledgedBytes,
                heldBytes,
                lostPackets,
                stats);
    }
}
