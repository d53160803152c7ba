package dev.multipath.transport.mptcp;

import dev.multipath.metrics.MptcpStats;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct mptcp_info}, as much of it as is read here.
 *
 * @param stats what everybody may see
 * @param additionalSubflows those beside the first one, whether that lives or not
 */
record MptcpInfo(MptcpStats stats, int additionalSubflows) {

    /** As of Linux 6.7; the kernel gives as much of it as it has. */
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
        int additional = Byte.toUnsignedInt(info.get(ADDITIONAL_SUBFLOWS));
        MptcpStats stats = all == 0
                ? new MptcpStats(additional + 1, MptcpStats.UNKNOWN, MptcpStats.UNKNOWN, MptcpStats.UNKNOWN)
                : new MptcpStats(
                        all, info.getLong(BYTES_SENT), info.getLong(BYTES_RECEIVED), info.getLong(BYTES_RETRANSMITTED));
        return new MptcpInfo(stats, additional);
    }

    /** Whether what the kernel tells of the first subflow, as of a connection of TCP, is so of the whole. */
    boolean isFirstSubflowAlone() {
        return additionalSubflows == 0;
    }
}
