package dev.multipath.channel;

import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import java.net.SocketAddress;
import java.util.List;

/** A client's transport that writes down which addresses are dialled, in order. */
record DialOrder(List<SocketAddress> dialled) implements SubflowTransport {

    @Override
    public Channel newChannel(EventLoop eventLoop, SocketAddress remote) {
        dialled.add(remote);
        return SubflowTransport.ofEventLoop().newChannel(eventLoop, remote);
    }

    @Override
    public ServerChannel newServerChannel(EventLoop eventLoop, SocketAddress local) {
        throw new UnsupportedOperationException("a client's");
    }
}
