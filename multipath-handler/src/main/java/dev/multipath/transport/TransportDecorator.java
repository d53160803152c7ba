package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;

/** A transport that leaves to another one what it does not do itself. */
abstract class TransportDecorator implements SubflowTransport {

    private final SubflowTransport base;

    TransportDecorator(SubflowTransport base) {
        this.base = base;
    }

    @Override
    public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
        return base.eventLoop(session, remote);
    }

    @Override
    public Channel newChannel(EventLoop eventLoop, SocketAddress remote) {
        return base.newChannel(eventLoop, remote);
    }

    @Override
    public ServerChannel newServerChannel(EventLoop eventLoop, SocketAddress local) {
        return base.newServerChannel(eventLoop, local);
    }

    @Override
    public void initialize(Channel subflow) throws Exception {
        base.initialize(subflow);
    }

    @Override
    public boolean canMove(Channel subflow, EventLoop target) {
        return base.canMove(subflow, target);
    }

    @Override
    public Future<?> whenReady(Channel subflow) {
        return base.whenReady(subflow);
    }
}
