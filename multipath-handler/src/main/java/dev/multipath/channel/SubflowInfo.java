package dev.multipath.channel;

import dev.multipath.metrics.PathState;
import dev.multipath.path.Path;
import io.netty.util.AttributeMap;
import java.net.SocketAddress;

/**
 * One subflow of a {@link MultipathChannel}, as it was at one moment.
 *
 * @param path its path
 * @param state whether it delivers
 * @param backup whether either end wants data to go over it only while no other delivers
 * @param local its own end
 * @param remote the peer's end
 * @param attributes those of its channel: what a handler of {@code SubflowTransport.withInitializer} has left there, such as
 *     the address that a load balancer has told (PROXY protocol)
 */
public record SubflowInfo(
        Path path,
        PathState state,
        boolean backup,
        SocketAddress local,
        SocketAddress remote,
        AttributeMap attributes) {}
