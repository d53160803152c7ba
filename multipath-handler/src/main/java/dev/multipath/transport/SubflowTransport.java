package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Makes the channels of subflows and prepares their pipelines. The default, {@link #ofEventLoop()}, is TCP on whatever
 * the event loop's {@code IoHandler} is; implement this to bring other channels. Called on the event loop that is given
 * or, for {@link #initialize}, on the subflow's.
 */
public interface SubflowTransport {

    /** TCP (or Netty's local transport, for {@code LocalAddress}es) by the kind of the event loop. */
    static SubflowTransport ofEventLoop() {
        return EventLoopTransport.INSTANCE;
    }

    /**
     * Makes an unregistered channel to dial with.
     *
     * @param eventLoop the loop that it will be registered with
     * @param remote the address it will be connected to
     * @throws UnsupportedOperationException if there is none for this loop or address
     */
    Channel newChannel(EventLoop eventLoop, SocketAddress remote);

    /**
     * Makes an unregistered channel to listen with.
     *
     * @param eventLoop the loop that it will be registered with
     * @param local the address it will be bound to
     * @throws UnsupportedOperationException if there is none for this loop or address
     */
    ServerChannel newServerChannel(EventLoop eventLoop, SocketAddress local);

    /**
     * Adds handlers to a subflow's pipeline, dialled or accepted; the multipath handlers are added behind them.
     *
     * @throws Exception if the subflow is not to be used
     */
    default void initialize(Channel subflow) throws Exception {}

    /**
     * Whether an accepted subflow may be taken from its event loop and registered with another one, that of its session,
     * so that its frames need not change threads.
     */
    default boolean canMove(Channel subflow, EventLoop target) {
        return false;
    }

    /** This transport, with something added to each subflow's pipeline, behind what this one adds. */
    default SubflowTransport withInitializer(Consumer<Channel> initializer) {
        Objects.requireNonNull(initializer, "initializer");
        SubflowTransport base = this;
        return new SubflowTransport() {
            @Override
            public Channel newChannel(EventLoop eventLoop, SocketAddress remote) {
                return base.newChannel(eventLoop, remote);
            }

            @Override
            public ServerChannel newServerChannel(EventLoop eventLoop, SocketAddress local) {
                return base.newServerChannel(eventLoop, local);
            }

            @Override
            public void initialize(Channel subflow) throws Exception {
                base.initialize(subflow);
                initializer.accept(subflow);
            }

            @Override
            public boolean canMove(Channel subflow, EventLoop target) {
                return base.canMove(subflow, target);
            }
        };
    }
}
