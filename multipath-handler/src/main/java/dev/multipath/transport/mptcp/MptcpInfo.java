package dev.multipath.transport.mptcp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the kernel tells of a connection of Multipath TCP ({@code MPTCP_INFO}).
 *
 * @param subflows TCP connections that it has at the moment
 * @param bytesSent payload bytes, for the first time; or {@link #UNKNOWN}
 * @param bytesReceived payload bytes; or {@link #UNKNOWN}
 * @param bytesRetransmitted payload bytes that were sent on another subflow as well, since the first was taken for lost; or
 *     {@link #UNKNOWN}
 */
public record MptcpInfo(int subflows, long bytesSent, long bytesReceived, long bytesRetransmitted) {

    /** Of a number that the kernel does not tell: bytes are counted since Linux 6.5, and read here since 6.7. */
    public static final long UNKNOWN = -1;

    /** {@code struct mptcp_info} of Linux 6.7 and later; the kernel gives as much of it as it has. */
    static final int STRUCT_BYTES = 96;

    private static final int ADDITIONAL_SUBFLOWS = 0;
    private static final int FLAGS = 8;
    private static final int BYTES_RETRANSMITTED = 48;
    private static final int BYTES_SENT = 56;
    private static final int BYTES_RECEIVED = 64;

    /** All, with the first one while that lives; 0 of a kernel that does not tell. */
    private static final int ALL_SUBFLOWS = 80;

    private static final int FLAG_FALLBACK = 1;

    /** Returns null if the connection is one of TCP by now. */
    static MptcpInfo parse(ByteBuffer struct) {
        ByteBuffer info = struct.order(ByteOrder.nativeOrder());
        if ((info.getInt(FLAGS) & FLAG_FALLBACK) != 0) {
            return null;
        }
        int all = Byte.toUnsignedInt(info.get(ALL_SUBFLOWS));
        if (all == 0) {
            return new MptcpInfo(Byte.toUnsignedInt(info.get(ADDITIONAL_SUBFLOWS)) + 1, UNKNOWN, UNKNOWN, UNKNOWN);
        }
        return new MptcpInfo(
                all, info.getLong(BYTES_SENT), info.getLong(BYTES_RECEIVED), info.getLong(BYTES_RETRANSMITTED));
    }
}
