package dev.multipath.examples;

import dev.multipath.examples.stream.RelayHandler;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;

/** The plain connections of tunnels, which read only once they are joined, and end with a reset unless told otherwise. */
final class TcpRelays {
    private TcpRelays() {}

    /** Connects to targets. */
    static Bootstrap toTargets(Endpoint endpoint) {
        return new Bootstrap()
                .channel(endpoint.transport().socketChannel())
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_LINGER, 0)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new RelayHandler());
                    }
                });
    }
}
