package dev.multipath.recipes;

import dev.multipath.path.MultipathAddress;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Function;

/**
 * Resolves a host and port to paths: {@code resolver(...)} of Reactor Netty's clients and so of Spring's {@code WebClient},
 * whose requests name a host and nothing else.
 */
public final class MultipathNames extends AddressResolverGroup<SocketAddress> {

    private final Function<InetSocketAddress, MultipathAddress> pathsTo;

    /**
     * By that function.
     *
     * @param pathsTo the paths to a host; on any event loop
     */
    public MultipathNames(Function<InetSocketAddress, MultipathAddress> pathsTo) {
        this.pathsTo = pathsTo;
    }

    @Override
    protected AddressResolver<SocketAddress> newResolver(EventExecutor executor) {
        return new AbstractAddressResolver<>(executor, SocketAddress.class) {
            @Override
            protected boolean doIsResolved(SocketAddress address) {
                return address instanceof MultipathAddress;
            }

            @Override
            protected void doResolve(SocketAddress unresolved, Promise<SocketAddress> promise) {
                promise.setSuccess(pathsTo.apply((InetSocketAddress) unresolved));
            }

            @Override
            protected void doResolveAll(SocketAddress unresolved, Promise<List<SocketAddress>> promise) {
                promise.setSuccess(List.of(pathsTo.apply((InetSocketAddress) unresolved)));
            }
        };
    }
}
