package dev.multipath.transport;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/** {@code TCP_INFO}: what Linux tells of a socket of TCP, to any of Netty's native transports. */
final class TcpInfo {

    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;

    // struct tcp_info, as much of it as any kernel has
    private static final int SEND_MSS = 16;
    private static final int UNACKED = 24;
    private static final int SACKED = 28;
    private static final int RTT_MICROS = 68;
    private static final int SEND_WINDOW = 80;
    private static final int TOTAL_RETRANSMISSIONS = 100;
    private static final int STRUCT_BYTES = 104;

    private static final RawUnixChannelOption OPTION =
            new RawUnixChannelOption("TCP_INFO", IPPROTO_TCP, TCP_INFO, STRUCT_BYTES);

    private TcpInfo() {}

    /** On the channel's event loop; nothing of one that is closed, or of no socket of TCP. */
    static TransportStats of(Channel subflow) {
        if (!(subflow instanceof SocketChannel) || !subflow.isOpen()) {
            return TransportStats.NONE;
        }
        return parse(subflow.config().getOption(OPTION));
    }

    static TransportStats parse(ByteBuffer struct) {
        ByteBuffer info = struct.order(ByteOrder.nativeOrder());
        long mssBytes = unsigned(info, SEND_MSS);
        return new TransportStats(
                TimeUnit.MICROSECONDS.toNanos(unsigned(info, RTT_MICROS)),
                unsigned(info, SEND_WINDOW) * mssBytes,
                TransportStats.UNKNOWN,
                TransportStats.UNKNOWN,
                unsigned(info, UNACKED) * mssBytes,
                unsigned(info, SACKED) * mssBytes,
                unsigned(info, TOTAL_RETRANSMISSIONS),
                MptcpStats.NONE);
    }

    private static long unsigned(ByteBuffer info, int offset) {
        return Integer.toUnsignedLong(info.getInt(offset));
    }
}
