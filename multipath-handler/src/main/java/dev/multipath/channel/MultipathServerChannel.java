package dev.multipath.channel;

import dev.multipath.admission.AdmissionStats;
import dev.multipath.admission.Shortage;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.AbstractServerChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.SocketAddress;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * Listens on several addresses and makes one {@link MultipathChannel} of all the connections that belong to one session.
 * Used with a plain {@code ServerBootstrap}: {@code .channel(MultipathServerChannel.class)} and {@code
 * .bind(MultipathAddress.of(...))}, where each path's remote address is one to listen on. A bind succeeds when all are bound
 * and fails, with none left, when one cannot be. Registers with any event loop; the listeners and the handshakes live on it,
 * sessions on the loops of the child group. Closing it closes the listeners and ends the handshakes; sessions go on with the
 * subflows that they have.
 *
 * <p>It always reads its listeners. Without a pending {@code read()} ({@code AUTO_READ} off) new sessions wait in a
 * backlog, while those that there are get their new subflows. Their clients' {@code connect()} waits too: it
 * completes with the session's first frames, which no kernel sends in its place.
 */
public final class MultipathServerChannel extends AbstractServerChannel {

    private enum State {
        OPEN,
        BINDING,
        ACTIVE,
        /** Waits for its listeners. */
        CLOSING,
        CLOSED
    }

    private final MultipathChannelConfig config =
            new MultipathChannelConfig(this, this::onAutoReadCleared, this::onLiveOption);
    private final SessionRegistry sessions = new SessionRegistry(config);
    private final SessionHost host = new Host();
    private final ShutdownHook shutdownHook = new ShutdownHook(this::close);

    /** Sessions that wait for {@link #read()}. */
    private final LinkedHashSet<AcceptedSession> backlog = new LinkedHashSet<>();

    /** From the bind on. */
    private Listeners listeners;

    private boolean draining;
    private boolean readPending;
    private boolean reading;

    private volatile State state = State.OPEN;
    private volatile MultipathAddress localAddress;

    /** The paths of the address; none once the drain has closed them. */
    private volatile List<Path> listening = List.of();

    /** Makes an unbound server channel. */
    public MultipathServerChannel() {}

    /** {@return how many sessions are open, those included whose handlers have not seen them yet} Any thread. */
    public int sessionCount() {
        return sessions.size();
    }

    /**
     * {@return the sessions that are open now, each as it is, in no order} The more there are, the longer it takes (about a
     * microsecond for each path); nothing is stopped for it. Any thread.
     */
    public List<SessionSnapshot> sessions() {
        return SessionSnapshot.of(sessions);
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return state != State.CLOSED;
    }

    @Override
    public boolean isActive() {
        return state == State.ACTIVE;
    }

    /** {@return the addresses that are listened on, with the ports that were chosen; {@code null} before the bind} */
    @Override
    public MultipathAddress localAddress() {
        return localAddress;
    }

    @Override
    protected SocketAddress localAddress0() {
        return localAddress;
    }

    /**
     * Listens on one more address: the remote one of the path. Sessions that there are can get subflows over it at once, and
     * {@link MultipathChannelOption#ANNOUNCED_ADDRESSES} decides anew what their clients are told. Any thread.
     *
     * @param path its remote address is the one to listen on; port 0 stands for any
     * @return succeeds when it is listened on, and stands in {@link #localAddress()} then; fails with the cause if that is
     *     not possible, or with {@code NotYetBoundException} or {@code ClosedChannelException} if the channel is not active
     */
    public ChannelFuture addPath(Path path) {
        return ChannelChange.of(
                this,
                promise -> listeners.bind(path, cause -> {
                    if (cause == null) {
                        onListenersChanged();
                        promise.trySuccess();
                    } else {
                        promise.tryFailure(cause);
                    }
                }));
    }

    /**
     * No longer listens on an address. Its announcement is taken back. Subflows that came over it are closed, and their
     * clients told not to dial it again (RFC 8684, section 3.4.2, does so with an address); but a session that has no other
     * that delivers keeps them until it has. Any thread.
     *
     * @param path as it stands in {@link #localAddress()}, or as it was bound, with which the last one of several is meant
     * @return succeeds when the address is free; fails with {@code IllegalArgumentException} if there is no such path or it is
     *     the only one, or with {@code NotYetBoundException} or {@code ClosedChannelException} if the channel is not active
     */
    public ChannelFuture removePath(Path path) {
        return ChannelChange.of(this, promise -> {
            Channel removed = listeners.remove(path);
            onListenersChanged();
            sessions.forEach(session -> session.onListenerRemoved(removed));
            removed.closeFuture().addListener(closed -> promise.setSuccess());
        });
    }

    private void onListenersChanged() {
        refreshAddress();
        sessions.forEach(session -> session.onListenersChanged());
    }

    /** A channel that was bound has an address for as long as it is active, even when it listens no longer. */
    private void refreshAddress() {
        listening = listeners.paths();
        if (!listening.isEmpty()) {
            localAddress = MultipathAddress.of(listening);
        }
    }

    /**
     * Ends this server without cutting anything short that ends in time. It takes no new sessions, and tells the clients of
     * those that there are ({@link MultipathSessionEvent#GOING_AWAY}), so that they open the next one elsewhere; otherwise
     * these go on, and may have new subflows over the listeners that stay. When all have ended, or the deadline has come and
     * ended the others (RESET {@code GOING_AWAY}), the channel closes.
     *
     * <p>A listener whose address other processes listen on too ({@code SO_REUSEPORT}) should close at once: who comes then
     * comes to them, and a connection that was accepted before still gets its session. At one that stays, as behind a load
     * balancer that sends joins there, new sessions are refused; tell the balancer first.
     *
     * @param deadline how long sessions may take
     * @param stays which of the listeners stay, by their paths in {@link #localAddress()}
     * @return succeeds with the number of sessions that the deadline has cut, when all have ended and this channel is closed;
     *     fails with {@code IllegalStateException} if it was called before, or with {@code NotYetBoundException} or {@code
     *     ClosedChannelException} if the channel is not active
     */
    public Future<Integer> drain(Duration deadline, Predicate<Path> stays) {
        Promise<Integer> done = eventLoop().newPromise();
        ChannelChange.of(this, promise -> {
                    if (draining) {
                        throw new IllegalStateException("drained already");
                    }
                    draining = true;
                    listeners.closeUnless(stays, () -> {
                        onListenersChanged();
                        Drain.begin(sessions, eventLoop(), deadline, this::close, done);
                        promise.setSuccess();
                    });
                })
                .addListener(begun -> {
                    if (!begun.isSuccess()) {
                        done.tryFailure(begun.cause());
                    }
                });
        return done;
    }

    /** {@return how crowded the server is, and who got no place} Any thread. */
    public AdmissionStats admission() {
        return sessions.admission().stats();
    }

    SessionRegistry registry() {
        return sessions;
    }

    /** On this channel's loop, where the handshakes run. */
    private final class Host implements SessionHost {

        @Override
        public OptionValues options() {
            return config;
        }

        @Override
        public SessionRegistry sessions() {
            return sessions;
        }

        @Override
        public SessionRegistry.Opening openSession(SubflowConnection first) {
            // Over a listener that has closed for the drain it has come before: nobody is refused for that.
            if (state != State.ACTIVE || (sessions.isDraining() && listeners.isOver(first))) {
                return SessionRegistry.Opening.refused(Shortage.CLOSING);
            }
            if (!backlog.isEmpty() && backlog.size() >= config.get(MultipathChannelOption.MAX_PENDING_HANDSHAKES)) {
                backlog.iterator().next().evict(Shortage.HANDSHAKES);
            }
            Path path = AcceptedSubflows.path(first);
            return sessions.open(
                    first, connectionId -> new MultipathChannel(this, MultipathServerChannel.this, connectionId, path)
                            .accepted());
        }

        @Override
        public void withdrawSession(AcceptedSession session) {
            OwnerLoop.run(eventLoop(), () -> {
                if (backlog.remove(session)) {
                    session.channel().unsafe().closeForcibly();
                }
            });
        }

        /** By the bootstrap, which registers it with a loop of the child group; later, if nobody reads at the moment. */
        @Override
        public void startSession(AcceptedSession session, Channel firstConnection) {
            backlog.add(session);
            fireSessions();
        }

        @Override
        public List<SocketAddress> listeners() {
            return listening.stream().map(Path::remote).toList();
        }
    }

    private Channel pollBacklog() {
        Iterator<AcceptedSession> sessionsThatWait = backlog.iterator();
        AcceptedSession first = sessionsThatWait.next();
        sessionsThatWait.remove();
        return first.channel();
    }

    private void fireSessions() {
        if (reading) {
            return;
        }
        reading = true;
        while (readPending && !backlog.isEmpty()) {
            do {
                readPending = false;
                pipeline().fireChannelRead(pollBacklog());
            } while (config.isAutoRead() && !backlog.isEmpty());
            pipeline().fireChannelReadComplete();
        }
        reading = false;
    }

    // ---- binding

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        shutdownHook.register(eventLoop());
        promise.setSuccess();
    }

    @Override
    protected void doDeregister() {
        shutdownHook.deregister(eventLoop());
        if (listeners != null && isOpen()) {
            // They belong to that event loop, so that the channel ends with it, as Netty allows.
            boolean wasActive = isActive();
            unsafe().close(unsafe().voidPromise());
            if (wasActive) {
                // The event that Netty fires itself comes when the handlers are gone.
                pipeline().fireChannelInactive();
            }
        }
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new ServerUnsafe();
    }

    /** As {@code EmbeddedChannel} does: the part of {@code AbstractUnsafe} that is final is replaced by delegation. */
    @Override
    public Unsafe unsafe() {
        return ((ServerUnsafe) super.unsafe()).gathering;
    }

    private final class ServerUnsafe extends AbstractUnsafe {
        final Unsafe gathering = new GatheringBindUnsafe(this) {
            @Override
            public void bind(SocketAddress local, ChannelPromise promise) {
                if (promise.setUncancellable() && ensureOpen(promise)) {
                    bindAll(local, promise);
                }
            }
        };

        /** So that the addresses are free when the channel is closed. */
        @Override
        protected Executor prepareToClose() {
            if (listeners == null) {
                return null;
            }
            state = State.CLOSING;
            Future<Void> closed = listeners.close();
            return command -> closed.addListener(f -> command.run());
        }

        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            safeSetFailure(promise, new UnsupportedOperationException("a server channel cannot be connected"));
        }
    }

    private void bindAll(SocketAddress local, ChannelPromise promise) {
        if (!(local instanceof MultipathAddress address)) {
            promise.tryFailure(new UnsupportedAddressTypeException());
            return;
        }
        if (state != State.OPEN) {
            promise.tryFailure(new IllegalStateException("already bound"));
            return;
        }
        state = State.BINDING;
        listeners = new Listeners(eventLoop(), config, host);
        listeners.bindAll(address.paths(), cause -> {
            if (cause == null) {
                refreshAddress();
                state = State.ACTIVE;
                promise.trySuccess();
                pipeline().fireChannelActive();
            } else {
                if (state == State.BINDING) {
                    state = State.OPEN;
                }
                promise.tryFailure(cause);
            }
        });
    }

    private void onLiveOption(ChannelOption<?> option, Object value) {
        if (option == MultipathChannelOption.SCHEDULER) {
            sessions.forEach(session -> {
                if (session.channel() instanceof MultipathChannel channel
                        && !channel.multipathConfig().hasScheduler()) {
                    channel.onSchedulerChosen();
                }
            });
            return;
        }
        if (isRegistered()) {
            OwnerLoop.run(eventLoop(), () -> {
                if (listeners != null) {
                    listeners.setOption(option, value);
                }
            });
        }
    }

    @Override
    protected void doBind(SocketAddress local) {
        throw new IllegalStateException("binding is gathered before it comes here");
    }

    // ---- reading and closing

    /** The listeners are always read: sessions that there are need their new subflows, whether others are wanted or not. */
    @Override
    protected void doBeginRead() {
        readPending = true;
        fireSessions();
    }

    private void onAutoReadCleared() {
        // Any thread; what is pending is the event loop's.
        if (isRegistered()) {
            OwnerLoop.run(eventLoop(), () -> readPending &= config.isAutoRead());
        }
    }

    @Override
    protected void doClose() {
        state = State.CLOSED;
        if (listeners != null) {
            listeners.close();
        }
        sessions.close();
        backlog.forEach(session -> session.channel().unsafe().closeForcibly());
        backlog.clear();
    }
}
