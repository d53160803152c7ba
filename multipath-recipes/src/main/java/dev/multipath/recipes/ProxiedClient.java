package dev.multipath.recipes;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;

/**
 * Keeps, of each subflow that came through a load balancer, the client's address, which the balancer says in front of
 * everything else (PROXY protocol, version 1 or 2): with {@code SubflowTransport.withInitializer(ProxiedClient::readOn)}, before
 * {@code withTls}.
 */
public final class ProxiedClient extends SimpleChannelInboundHandler<HAProxyMessage> {

    /** Where the client is: {@code subflow.attributes().attr(ProxiedClient.ADDRESS).get()}; null if the balancer did not say. */
    public static final AttributeKey<InetSocketAddress> ADDRESS = AttributeKey.valueOf(ProxiedClient.class, "ADDRESS");

    private ProxiedClient() {}

    /**
     * Has a subflow begin with the balancer's words.
     *
     * @param subflow a connection that was accepted from it
     */
    public static void readOn(Channel subflow) {
        subflow.pipeline().addLast(new HAProxyMessageDecoder(), new ProxiedClient());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HAProxyMessage message) {
        if (message.sourceAddress() != null) {
            ctx.channel().attr(ADDRESS).set(new InetSocketAddress(message.sourceAddress(), message.sourcePort()));
        }
        ctx.pipeline().remove(this);
    }
}
