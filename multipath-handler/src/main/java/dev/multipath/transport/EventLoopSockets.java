package dev.multipath.transport;

import dev.multipath.metrics.TransportStats;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;

/** Channels of TCP, or of UNIX-domain sockets for their addresses, by the kind of the event loop; local ones for local addresses. */
final class EventLoopSockets {

    private EventLoopSockets() {}

    static Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        if (remote instanceof LocalAddress) {
            return SubflowBootstrap.connect(LocalChannel::new, eventLoop, remote, local, setup);
        }
        IoFamily family = family(eventLoop);
        return SubflowBootstrap.connect(
                family.sockets(remote).client(), eventLoop, remote, local, setup.behind(family.preparation()::accept));
    }

    static Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        if (local instanceof LocalAddress) {
            return SubflowBootstrap.bind(LocalServerChannel::new, eventLoop, local, setup);
        }
        IoFamily family = family(eventLoop);
        return SubflowBootstrap.bind(
                family.sockets(local).server(), eventLoop, local, setup.behind(family.preparation()::accept));
    }

    static boolean canMove(Channel subflow, EventLoop target) {
        IoFamily family = IoFamily.of(subflow.eventLoop());
        return family != null
                && family.movable()
                && family.equals(IoFamily.of(target))
                && (subflow instanceof SocketChannel || family.unixAddress().isInstance(subflow.localAddress()));
    }

    static TransportStats stats(Channel subflow) {
        IoFamily family = IoFamily.of(subflow.eventLoop());
        return family == null ? TransportStats.NONE : family.stats().apply(subflow);
    }

    static void restartCongestionControl(Channel subflow) {
        IoFamily family = IoFamily.of(subflow.eventLoop());
        if (family != null) {
            family.restart().accept(subflow);
        }
    }

    private static IoFamily family(EventLoop eventLoop) {
        IoFamily family = IoFamily.of(eventLoop);
        if (family == null) {
            throw new UnsupportedOperationException("no TCP channel for an event loop of type "
                    + eventLoop.getClass().getName()
                    + " (expected: one driven by NIO, epoll, io_uring or kqueue); set a SubflowTransport");
        }
        return family;
    }
}
