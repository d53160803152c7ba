package dev.multipath.transport;

import dev.multipath.metrics.TransportStats;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.Objects;

/** A transport that leaves to another one what it does not do itself: to be extended, by applications too. */
public abstract class TransportDecorator implements SubflowTransport {

    private final SubflowTransport base;

    /**
     * For whoever extends it.
     *
     * @param base the other one
     */
    protected TransportDecorator(SubflowTransport base) {
        this.base = Objects.requireNonNull(base, "base");
    }

    @Override
    public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
        return base.eventLoop(session, remote);
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        return base.dial(eventLoop, remote, local, setup);
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        return base.listen(eventLoop, local, setup);
    }

    @Override
    public SubflowAddresses addresses(Channel subflow) {
        return base.addresses(subflow);
    }

    @Override
    public boolean canMove(Channel subflow, EventLoop target) {
        return base.canMove(subflow, target);
    }

    @Override
    public void end(Channel subflow) {
        base.end(subflow);
    }

    @Override
    public void reset(Channel subflow, long code) {
        base.reset(subflow, code);
    }

    @Override
    public void resetOnClose(Channel subflow, boolean cut) {
        base.resetOnClose(subflow, cut);
    }

    @Override
    public TransportStats stats(Channel subflow) {
        return base.stats(subflow);
    }

    @Override
    public SubflowResources resources(Channel subflow) {
        return base.resources(subflow);
    }

    @Override
    public void restartCongestionControl(Channel subflow) {
        base.restartCongestionControl(subflow);
    }
}
