package dev.multipath.metrics;

/**
 * What the kernel tells of a connection of its Multipath TCP ({@code MPTCP_INFO}).
 *
 * @param subflows TCP connections that it has at the moment; 0 if it is none of MPTCP, or has fallen back to TCP
 * @param bytesSent payload bytes, for the first time; or {@link #UNKNOWN}
 * @param bytesReceived payload bytes; or {@link #UNKNOWN}
 * @param bytesRetransmitted payload bytes that were sent on another subflow as well, since the first was taken for lost; or
 *     {@link #UNKNOWN}
 */
public record MptcpStats(int subflows, long bytesSent, long bytesReceived, long bytesRetransmitted) {

    /** Of a number that the kernel does not tell: bytes are counted since Linux 6.5, and read here since 6.7. */
    public static final long UNKNOWN = -1;

    /** Of a connection that is none of MPTCP. */
    public static final MptcpStats NONE = new MptcpStats(0, UNKNOWN, UNKNOWN, UNKNOWN);
}
