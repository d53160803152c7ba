package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Listens with sockets that somebody else has opened, bound and set to listen, and that the process was started with: by
 * systemd's socket activation, say, whose descriptors are 3 and those that follow, as many as {@code LISTEN_FDS} says. They may
 * be of Multipath TCP ({@code SocketProtocol=mptcp}), or of a port that this process could not bind. An address that none of
 * them listens at is left to the other transport. Needs epoll event loops.
 */
public final class InheritedListeners extends TransportDecorator {

    /** Those that nobody has asked for yet. */
    private final List<EpollServerSocketChannel> listeners = new ArrayList<>();

    /**
     * Takes the descriptors over.
     *
     * @param base dials, and listens at other addresses
     * @param descriptors of sockets that listen
     * @throws io.netty.channel.ChannelException if one is no socket
     */
    public InheritedListeners(SubflowTransport base, int... descriptors) {
        super(base);
        for (int descriptor : descriptors) {
            listeners.add(new EpollServerSocketChannel(descriptor));
        }
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        ServerChannel listener = take(local);
        return listener == null
                ? super.listen(eventLoop, local, setup)
                : SubflowBootstrap.adopt(listener, eventLoop, setup);
    }

    private synchronized ServerChannel take(SocketAddress local) {
        for (Iterator<EpollServerSocketChannel> each = listeners.iterator(); each.hasNext(); ) {
            EpollServerSocketChannel listener = each.next();
            if (isAt(listener.localAddress(), local)) {
                each.remove();
                return listener;
            }
        }
        return null;
    }

    /** All addresses of the host are written in two ways. */
    private static boolean isAt(InetSocketAddress actual, SocketAddress wanted) {
        return actual.equals(wanted)
                || wanted instanceof InetSocketAddress inet
                        && inet.getPort() == actual.getPort()
                        && actual.getAddress().isAnyLocalAddress()
                        && !inet.isUnresolved()
                        && inet.getAddress().isAnyLocalAddress();
    }
}
