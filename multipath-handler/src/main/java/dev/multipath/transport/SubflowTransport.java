package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Makes the channels of subflows and prepares their pipelines. The default, {@link #ofEventLoop()}, is TCP on whatever
 * the event loop's {@code IoHandler} is; implement this to bring other channels. Called on the event loop that is given
 * or, for {@link #initialize}, on the subflow's.
 */
public interface SubflowTransport {

    /** {@return TCP (or Netty's local transport, for {@code LocalAddress}es) by the kind of the event loop} */
    static SubflowTransport ofEventLoop() {
        return EventLoopTransport.INSTANCE;
    }

    /**
     * Where a subflow that is dialled is to live: on its session's event loop, unless that cannot drive channels to this
     * address. Frames that come from another loop cross over in batches.
     *
     * @param session the loop of the session
     * @param remote the address that will be dialled
     * @return the loop that the subflow's channel will be registered with
     */
    default EventLoop eventLoop(EventLoop session, SocketAddress remote) {
        return session;
    }

    /**
     * Makes an unregistered channel to dial with.
     *
     * @param eventLoop the loop that it will be registered with
     * @param remote the address it will be connected to
     * @return a new one each time
     * @throws UnsupportedOperationException if there is none for this loop or address
     */
    Channel newChannel(EventLoop eventLoop, SocketAddress remote);

    /**
     * Makes an unregistered channel to listen with.
     *
     * @param eventLoop the loop that it will be registered with
     * @param local the address it will be bound to
     * @return a new one each time
     * @throws UnsupportedOperationException if there is none for this loop or address
     */
    ServerChannel newServerChannel(EventLoop eventLoop, SocketAddress local);

    /**
     * Adds handlers to a subflow's pipeline, dialled or accepted; the multipath handlers are added behind them. An accepted
     * subflow may change its event loop afterwards ({@link #canMove}).
     *
     * @param subflow registered, but not active yet if it is dialled
     * @throws Exception if the subflow is not to be used
     */
    default void initialize(Channel subflow) throws Exception {}

    /**
     * Whether an accepted subflow may be taken from its event loop and registered with another one, that of its session,
     * so that its frames need not change threads.
     *
     * @param subflow an accepted one, whose preface has come
     * @param target the session's loop
     * @return false unless overridden: frames cross between the loops then
     */
    default boolean canMove(Channel subflow, EventLoop target) {
        return false;
    }

    /**
     * When a subflow that is connected can carry bytes, for those that have a handshake of their own to do first. A client
     * waits for it before it sends anything, and times round trips from then on; its limit for an attempt covers it. A
     * server does not ask: it waits for the client's first bytes, whose limit is the handshake time-out. Called on the
     * subflow's event loop, after {@link #initialize}.
     *
     * @param subflow a connected one
     * @return done at once unless overridden; failed with the cause if the subflow cannot be used
     */
    default Future<?> whenReady(Channel subflow) {
        return subflow.newSucceededFuture();
    }

    /**
     * This transport, with something added to each subflow's pipeline, behind what this one adds. An accepted subflow may move
     * to another event loop afterwards, as {@link #initialize} says.
     *
     * @param initializer called on the subflow's event loop; if it throws, the subflow is not used
     * @return another transport; this one is as before
     */
    default SubflowTransport withInitializer(Consumer<Channel> initializer) {
        Objects.requireNonNull(initializer, "initializer");
        return new TransportDecorator(this) {
            @Override
            public void initialize(Channel subflow) throws Exception {
                super.initialize(subflow);
                initializer.accept(subflow);
            }
        };
    }

    /**
     * This transport, with TLS on each subflow, behind what this one adds. A subflow is ready when its TLS handshake is
     * done, and fails if that fails; one that ends without the peer's {@code close_notify} fails with a {@link
     * TlsTruncatedException}.
     *
     * @param config a client's for a client, a server's for a server
     * @return another transport; this one is as before
     */
    default SubflowTransport withTls(TlsConfig config) {
        return new TlsTransport(this, config);
    }
}
