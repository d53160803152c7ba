package dev.multipath.recipes;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Reactor Netty's event loops, with multipath channels where it asks for sockets: {@code runOn(...)} of its clients and
 * servers, and so of Spring WebFlux. What they are given as addresses must be
 * {@link dev.multipath.path.MultipathAddress}es then.
 *
 * @param loops makes the loops; disposed of with this
 */
public record MultipathLoopResources(LoopResources loops) implements LoopResources {

    @Override
    public EventLoopGroup onServer(boolean useNative) {
        return loops.onServer(useNative);
    }

    @Override
    public EventLoopGroup onServerSelect(boolean useNative) {
        return loops.onServerSelect(useNative);
    }

    @Override
    public EventLoopGroup onClient(boolean useNative) {
        return loops.onClient(useNative);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <C extends Channel> C onChannel(Class<C> channelType, EventLoopGroup group) {
        if (channelType == SocketChannel.class) {
            return (C) new MultipathChannel();
        }
        if (channelType == ServerSocketChannel.class) {
            return (C) new MultipathServerChannel();
        }
        return loops.onChannel(channelType, group);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <C extends Channel> Class<? extends C> onChannelClass(Class<C> channelType, EventLoopGroup group) {
        if (channelType == SocketChannel.class) {
            return (Class<? extends C>) (Class<?>) MultipathChannel.class;
        }
        if (channelType == ServerSocketChannel.class) {
            return (Class<? extends C>) (Class<?>) MultipathServerChannel.class;
        }
        return loops.onChannelClass(channelType, group);
    }

    @Override
    public boolean daemon() {
        return loops.daemon();
    }

    @Override
    public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
        return loops.disposeLater(quietPeriod, timeout);
    }

    @Override
    public boolean isDisposed() {
        return loops.isDisposed();
    }
}
