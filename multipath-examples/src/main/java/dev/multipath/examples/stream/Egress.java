package dev.multipath.examples.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import java.net.InetSocketAddress;
import java.util.function.BiFunction;

/**
 * The far end of a proxy: whatever a client asks for, by SOCKS5, SOCKS4 or HTTP's CONNECT, leaves from here, if the rules permit it.
 * The protocols are spoken here and not where the clients are, so that any tunnel entry leads to it, and what it refuses it
 * says itself.
 */
public final class Egress implements AutoCloseable {
    private final BiFunction<Channel, InetSocketAddress, ChannelFuture> dialer;
    private final PermittedLookups lookups;

    /**
     * For all sessions of a server.
     *
     * @param dialer begins to connect a channel that has a {@link RelayHandler}, on the event loop of the one given
     */
    public Egress(EgressRules rules, BiFunction<Channel, InetSocketAddress, ChannelFuture> dialer) {
        this.lookups = new PermittedLookups(rules);
        this.dialer = dialer;
    }

    /** Serves the session of that context, behind it; on the session's event loop. */
    public void start(ChannelHandlerContext ctx) {
        ctx.pipeline().addAfter(ctx.name(), null, new EgressHandler(lookups, dialer));
        ctx.pipeline().addAfter(ctx.name(), null, new ProxyProtocol.Detector());
    }

    @Override
    public void close() {
        lookups.close();
    }
}
