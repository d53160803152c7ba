package dev.multipath.examples.web;

import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportDecorator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.function.Consumer;

/** Listens for TCP connections that may speak HTTP as well, each of which {@link PortUnification} looks at. */
public final class UnifiedPorts extends TransportDecorator {
    private final MultipathAcceptor acceptor;
    private final SslContext tls;
    private final Consumer<ChannelPipeline> http;

    /**
     * For any number of ports.
     *
     * @param acceptor takes what speaks multipath
     * @param tls for what speaks TLS; null to refuse it
     * @param http adds the handlers of what speaks HTTP
     */
    public UnifiedPorts(MultipathAcceptor acceptor, SslContext tls, Consumer<ChannelPipeline> http) {
        super(SubflowTransport.ofEventLoop());
        this.acceptor = acceptor;
        this.tls = tls;
        this.http = http;
    }

    /** What the setup has for subflows is for those that are nothing else; here it is not known yet. */
    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        return super.listen(eventLoop, local, new SubflowSetup(setup.options(), connection -> connection
                .pipeline()
                .addLast(new PortUnification(acceptor, tls, http))));
    }
}
