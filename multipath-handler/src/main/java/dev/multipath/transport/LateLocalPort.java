package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

/**
 * Has a socket that is bound to a local address, and to no port, get its port when it connects (Linux 4.2, {@code ip(7)}).
 * Otherwise the bind takes a port for all destinations, so that two paths from one address need twice as many.
 */
final class LateLocalPort {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(LateLocalPort.class);

    private static final int IPPROTO_IP = 0;
    private static final int IP_BIND_ADDRESS_NO_PORT = 24;

    /** Netty has a name for it with epoll only. */
    private static final IntegerUnixChannelOption OPTION =
            new IntegerUnixChannelOption("IP_BIND_ADDRESS_NO_PORT", IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);

    private LateLocalPort() {}

    /** Returns the same socket. Options that are set later go before this. */
    static Channel on(Channel socket) {
        try {
            socket.config().setOption(OPTION, 1);
        } catch (ChannelException e) {
            LOGGER.debug("{} gets its local port when it is bound", socket, e);
        }
        return socket;
    }
}
