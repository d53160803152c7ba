package dev.multipath.transport;

import dev.multipath.metrics.TransportStats;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What subflows are carried by: it dials and listens, names their paths, and ends them. The default, {@link #ofEventLoop()},
 * is TCP on whatever the event loop's {@code IoHandler} is. Implement this to bring other channels, each a reliable, ordered
 * stream of bytes; {@link SubflowBootstrap} does most of it for those that connect and bind by themselves.
 */
public interface SubflowTransport {

    /**
     * {@return TCP by the kind of the event loop} For {@code LocalAddress}es it is Netty's local transport, for those of
     * UNIX-domain sockets (Netty's with its native transports, the JDK's with NIO) it is these.
     */
    static SubflowTransport ofEventLoop() {
        // Local, as members of an interface are public.
        enum EventLoopTransport implements SubflowTransport {
            INSTANCE;

            @Override
            public Future<Channel> dial(
                    EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
                return EventLoopSockets.dial(eventLoop, remote, local, setup);
            }

            @Override
            public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
                return EventLoopSockets.listen(eventLoop, local, setup);
            }

            @Override
            public boolean canMove(Channel subflow, EventLoop target) {
                return EventLoopSockets.canMove(subflow, target);
            }

            @Override
            public TransportStats stats(Channel subflow) {
                return EventLoopSockets.stats(subflow);
            }

            @Override
            public void restartCongestionControl(Channel subflow) {
                EventLoopSockets.restartCongestionControl(subflow);
            }
        }
        return EventLoopTransport.INSTANCE;
    }

    /**
     * Where a subflow that is dialled is to live: on its session's event loop, unless that cannot drive channels to this
     * address. Frames that come from another loop cross over in batches.
     *
     * @param session the loop of the session, on which this is called
     * @param remote the address that will be dialled
     * @return the loop that the subflow's channel will be registered with
     */
    default EventLoop eventLoop(EventLoop session, SocketAddress remote) {
        return session;
    }

    /**
     * Dials a subflow. Called on the event loop that it is given.
     *
     * @param eventLoop the loop that the subflow's channel is to be registered with
     * @param remote where to
     * @param local from where; null for anywhere
     * @param setup what the channel gets, behind the handlers that the transport itself needs
     * @return a channel that can carry bytes, any handshake of its own done: round trips are timed from then on. Cancelling
     *     it gives the attempt up, and closes whatever there is of it; so does a failure. The caller sets the limit in time
     * @throws RuntimeException instead of a future that has failed
     */
    Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup);

    /**
     * Listens for subflows. Called on the event loop that it is given.
     *
     * @param eventLoop the loop of the listening channel, and of what it accepts
     * @param local where, with port 0 for any
     * @param setup what each accepted subflow gets, behind the handlers that the transport itself needs; whether it is ready
     *     nobody asks, as it waits for the client's first bytes. It may change its event loop afterwards ({@link #canMove})
     * @return a channel that listens until it is closed, at its local address; accepted subflows have it as their parent, or
     *     their parent's. Cancelling it gives the attempt up
     * @throws RuntimeException instead of a future that has failed
     */
    Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup);

    /**
     * Names the path of a subflow, for people, and for limits by source. Any thread.
     *
     * @param subflow an active one, or one that was
     * @return the channel's own addresses unless overridden: those of a stream in a connection, say, are the connection's
     */
    default SubflowAddresses addresses(Channel subflow) {
        return new SubflowAddresses(subflow.localAddress(), subflow.remoteAddress());
    }

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
     * Ends a subflow in order: the peer gets all that was written, and the end. What comes meanwhile is passed to the
     * handlers, which discard it; the channel closes when the peer has closed, or soon. Any thread.
     *
     * @param subflow the channel; takes back {@link #resetOnClose}
     */
    default void end(Channel subflow) {
        OrderlyClose.close(subflow);
    }

    /**
     * Ends a subflow at once, and so that the peer takes it for cut, as far as there is a way to say so. Any thread.
     *
     * @param subflow the channel
     * @param code why, if there is a way to say that too: one of {@link dev.multipath.codec.ResetFrame}'s, or the application's
     *     own
     */
    default void reset(Channel subflow, long code) {
        ResetOnClose.close(subflow);
    }

    /**
     * Whether a subflow that is closed by anything but {@link #end}, its event loop or its process ending included, is to be
     * cut for its peer; as far as there is a way. Any thread.
     *
     * @param subflow the channel
     * @param cut if not, it is closed as channels of its kind are
     */
    default void resetOnClose(Channel subflow, boolean cut) {
        if (cut) {
            ResetOnClose.arm(subflow);
        } else {
            ResetOnClose.disarm(subflow);
        }
    }

    /**
     * What the transport knows of the way below a subflow. Called on the subflow's event loop; cheap enough for now and then,
     * not for each frame.
     *
     * @param subflow the channel
     * @return {@link TransportStats#NONE} unless overridden
     */
    default TransportStats stats(Channel subflow) {
        return TransportStats.NONE;
    }

    /**
     * What an accepted subflow costs its host. What it costs at rest counts in the server's memory budget, and what comes to it as {@link
     * TransportMemory} tells; and only so many connections are accepted as may cost that.
     *
     * @param subflow the channel, before anything is read
     * @return that of a socket unless overridden
     */
    default SubflowResources resources(Channel subflow) {
        return SubflowResources.ofSocket(subflow);
    }

    /**
     * Has a subflow's congestion control begin anew, if there is a way: it remembers a path that was bad, and the path has mended, as far as
     * {@link #stats} shows. Called on the subflow's event loop; rarely.
     *
     * @param subflow the channel; it goes on as before unless this is overridden
     */
    default void restartCongestionControl(Channel subflow) {}

    /**
     * This transport, with something added to each subflow's pipeline, behind what this one adds. An accepted subflow may move
     * to another event loop afterwards ({@link #canMove}).
     *
     * @param initializer called on the subflow's event loop; if it throws, the subflow is not used
     * @return another transport; this one is as before
     */
    default SubflowTransport withInitializer(Consumer<Channel> initializer) {
        Objects.requireNonNull(initializer, "initializer");
        return new TransportDecorator(this) {
            @Override
            public Future<Channel> dial(
                    EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
                return super.dial(eventLoop, remote, local, setup.behind(initializer::accept));
            }

            @Override
            public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
                return super.listen(eventLoop, local, setup.behind(initializer::accept));
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
        TlsLayer tls = new TlsLayer(config);
        return new TransportDecorator(this) {
            @Override
            public Future<Channel> dial(
                    EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
                return TlsLayer.handshake(
                        super.dial(eventLoop, remote, local, tls.beforeDialled(setup, remote)), eventLoop);
            }

            @Override
            public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
                return super.listen(eventLoop, local, tls.beforeAccepted(setup));
            }
        };
    }
}
