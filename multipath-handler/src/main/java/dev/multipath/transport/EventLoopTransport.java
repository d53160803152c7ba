package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.socket.SocketChannel;
import java.net.SocketAddress;

/** TCP channels by the kind of the event loop; local channels for local addresses. */
final class EventLoopTransport implements SubflowTransport {

    static final EventLoopTransport INSTANCE = new EventLoopTransport();

    private EventLoopTransport() {}

    @Override
    public Channel newChannel(EventLoop eventLoop, SocketAddress remote) {
        return remote instanceof LocalAddress
                ? new LocalChannel()
                : family(eventLoop).socket().get();
    }

    @Override
    public ServerChannel newServerChannel(EventLoop eventLoop, SocketAddress local) {
        return local instanceof LocalAddress
                ? new LocalServerChannel()
                : family(eventLoop).serverSocket().get();
    }

    @Override
    public void initialize(Channel subflow) {
        IoFamily family = IoFamily.of(subflow.eventLoop());
        if (family != null && subflow instanceof SocketChannel) {
            family.preparation().accept(subflow);
        }
    }

    @Override
    public boolean canMove(Channel subflow, EventLoop target) {
        IoFamily family = IoFamily.of(subflow.eventLoop());
        return family != null
                && family.movable()
                && family.equals(IoFamily.of(target))
                && subflow instanceof SocketChannel;
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
