package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;

/** The default transport, but for what a test overrides; here because the decorator is this package's own. */
public abstract class ChangedTransport extends TransportDecorator {

    protected ChangedTransport() {
        super(SubflowTransport.ofEventLoop());
    }

    /** Called before a channel is made; may throw. */
    protected void onDial(SocketAddress remote) {}

    /** Called for each subflow, before the handlers of others are added. */
    protected void initialize(Channel subflow) {}

    /** When a connected subflow can carry bytes. */
    protected Future<?> whenReady(Channel subflow) {
        return subflow.newSucceededFuture();
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        onDial(remote);
        return SubflowBootstrap.withHandshake(
                super.dial(eventLoop, remote, local, setup.behind(this::initialize)), eventLoop, this::whenReady);
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        return super.listen(eventLoop, local, setup.behind(this::initialize));
    }
}
