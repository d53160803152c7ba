package dev.multipath.recipes;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.path.MultipathAddress;
import io.lettuce.core.ConnectionBuilder;
import io.lettuce.core.ConnectionEvents;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.util.AttributeKey;
import java.net.SocketAddress;
import java.util.Map;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * A client of lettuce whose connections are sessions over several paths. At the far end {@code multipath.jar listen --relay
 * 127.0.0.1:6379} stands before the Redis server.
 */
public final class MultipathRedisClient extends RedisClient {

    private final Function<RedisURI, MultipathAddress> pathsTo;

    /**
     * A client.
     *
     * @param resources lettuce's, whose event loops the sessions are on
     * @param uri of the server that {@code connect()} is for
     * @param pathsTo the paths to a server; asked each time that a connection is made
     */
    public MultipathRedisClient(ClientResources resources, RedisURI uri, Function<RedisURI, MultipathAddress> pathsTo) {
        super(resources, uri);
        this.pathsTo = pathsTo;
    }

    @Override
    protected Mono<SocketAddress> getSocketAddress(RedisURI uri) {
        return Mono.fromCallable(() -> pathsTo.apply(uri));
    }

    /** Lettuce chooses the channel's class itself, and a bootstrap keeps the first one that it is given: so it gets another one. */
    @Override
    protected void connectionBuilder(
            Mono<SocketAddress> address, ConnectionBuilder builder, ConnectionEvents events, RedisURI uri) {
        super.connectionBuilder(address, builder, events, uri);
        Bootstrap chosen = builder.bootstrap();
        Bootstrap multipath = new Bootstrap().group(chosen.config().group()).channel(MultipathChannel.class);
        chosen.config().options().forEach((option, value) -> multipath.option(cast(option), value));
        for (Map.Entry<AttributeKey<?>, Object> attribute :
                chosen.config().attrs().entrySet()) {
            multipath.attr(cast(attribute.getKey()), attribute.getValue());
        }
        builder.bootstrap(multipath);
    }

    @SuppressWarnings("unchecked")
    private static ChannelOption<Object> cast(ChannelOption<?> option) {
        return (ChannelOption<Object>) option;
    }

    @SuppressWarnings("unchecked")
    private static AttributeKey<Object> cast(AttributeKey<?> key) {
        return (AttributeKey<Object>) key;
    }
}
