package dev.multipath.channel;

import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.List;

/** A client's transport that writes down which addresses are dialled, in order. */
record DialOrder(List<SocketAddress> dialled) implements SubflowTransport {

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        dialled.add(remote);
        return SubflowTransport.ofEventLoop().dial(eventLoop, remote, local, setup);
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        throw new UnsupportedOperationException("a client's");
    }
}
