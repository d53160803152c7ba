package dev.multipath.transport.mptcp;

import dev.multipath.metrics.MptcpStats;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Multipath TCP for plain bootstraps: {@code bootstrap.channelFactory(Mptcp.socketFactory(MptcpMode.IF_AVAILABLE))}, with a
 * group of epoll event loops. The channels are Netty's own. Which paths there are is for the kernel: {@code ip mptcp
 * endpoint}, {@code ip mptcp limits}. Any thread.
 */
public final class Mptcp {

    private static final int SOL_MPTCP = 284;
    private static final int MPTCP_INFO = 1;

    private static final RawUnixChannelOption INFO =
            new RawUnixChannelOption("MPTCP_INFO", SOL_MPTCP, MPTCP_INFO, MptcpInfo.STRUCT_BYTES);

    private Mptcp() {}

    /** {@return whether sockets of MPTCP can be made here, as far as is known} */
    public static boolean isAvailable() {
        return unavailability() == null;
    }

    /** {@return why they cannot, in words; {@code null} if they can} */
    public static String unavailability() {
        return MptcpSupport.get().unavailability();
    }

    /**
     * {@return makes channels that connect}
     *
     * @param mode whether of MPTCP. If required and not available, each channel fails with a {@link
     *     MptcpUnavailableException}; that the peer may not speak it, and the connection be one of TCP, {@link #isMptcp} tells
     */
    public static ChannelFactory<EpollSocketChannel> socketFactory(MptcpMode mode) {
        Objects.requireNonNull(mode, "mode");
        return () -> MptcpSupport.get().socket(mode);
    }

    /**
     * {@return makes channels that listen} They accept from peers without MPTCP as well; {@link #isMptcp} tells them apart.
     *
     * @param mode whether of MPTCP. If required and not available, each channel fails with a {@link
     *     MptcpUnavailableException}
     */
    public static ChannelFactory<EpollServerSocketChannel> serverSocketFactory(MptcpMode mode) {
        Objects.requireNonNull(mode, "mode");
        return () -> MptcpSupport.get().serverSocket(mode);
    }

    /**
     * {@return whether a connection is one of MPTCP now: the peer speaks it too, and nothing on the way has made it fall
     * back to TCP} Linux 5.16 and later tell.
     *
     * @param channel a connected one, of any kind; on its event loop
     */
    public static boolean isMptcp(Channel channel) {
        return info(channel) != null;
    }

    /**
     * {@return what the kernel tells of a connection; {@code null} if it is none of MPTCP, or not connected}
     *
     * @param channel of any kind; on its event loop
     */
    public static MptcpStats info(Channel channel) {
        MptcpInfo info = struct(channel);
        return info == null ? null : info.stats();
    }

    /** All that is read of it; null as above. */
    static MptcpInfo struct(Channel channel) {
        if (!(channel instanceof UnixChannel) || channel instanceof ServerChannel || !channel.isActive()) {
            return null;
        }
        ByteBuffer struct;
        try {
            struct = channel.config().getOption(INFO);
        } catch (ChannelException e) {
            // As the kernel says that there is no MPTCP (any more).
            return null;
        }
        return struct == null ? null : MptcpInfo.parse(struct);
    }
}
