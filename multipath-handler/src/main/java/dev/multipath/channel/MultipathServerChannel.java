package dev.multipath.channel;

import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AbstractServerChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Listens on several addresses and makes one {@link MultipathChannel} of all the connections that belong to one session.
 * Used with a plain {@code ServerBootstrap}: {@code .channel(MultipathServerChannel.class)} and {@code
 * .bind(MultipathAddress.of(...))}, where each path's remote address is one to listen on. A bind succeeds when all are bound
 * and fails, with none left, when one cannot be. Registers with any event loop; the listeners and the handshakes live on it,
 * sessions on the loops of the child group. Closing it closes the listeners and ends the handshakes; sessions go on with the
 * subflows that they have.
 */
public final class MultipathServerChannel extends AbstractServerChannel {

    private enum State {
        OPEN,
        BINDING,
        ACTIVE,
        CLOSED
    }

    private final MultipathChannelConfig config =
            new MultipathChannelConfig(this, this::onAutoReadCleared, this::onListenerOption);
    private final SessionRegistry sessions = new SessionRegistry(config);
    private final SessionHost host = new Host();
    private final List<Channel> listeners = new ArrayList<>();
    private final Runnable shutdownHook = () -> close();

    /** Sessions that wait for {@link #read()}. */
    private final ArrayDeque<MultipathChannel> backlog = new ArrayDeque<>();

    private boolean readPending;
    private boolean reading;

    private volatile State state = State.OPEN;
    private volatile MultipathAddress localAddress;

    /** Makes an unbound server channel. */
    public MultipathServerChannel() {}

    /** {@return how many sessions are open, those included whose handlers have not seen them yet} Any thread. */
    public int sessionCount() {
        return sessions.size();
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

    SessionRegistry sessions() {
        return sessions;
    }

    SubflowTransport transport() {
        return config.get(MultipathChannelOption.SUBFLOW_TRANSPORT);
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
        public MultipathChannel openSession(Path firstPath) {
            return state == State.ACTIVE && backlog.size() < config.get(MultipathChannelOption.MAX_PENDING_HANDSHAKES)
                    ? sessions.open(connectionId ->
                            new MultipathChannel(this, MultipathServerChannel.this, connectionId, firstPath))
                    : null;
        }

        /** By the bootstrap, which registers it with a loop of the child group; later, if nobody reads at the moment. */
        @Override
        public void startSession(MultipathChannel session, Channel firstConnection) {
            backlog.add(session);
            fireSessions();
        }

        @Override
        public List<SocketAddress> listeners() {
            MultipathAddress bound = localAddress;
            return bound == null
                    ? List.of()
                    : bound.paths().stream().map(Path::remote).toList();
        }

        @Override
        public boolean canMove(Channel connection, EventLoop target) {
            return transport().canMove(connection, target);
        }
    }

    private void fireSessions() {
        if (reading) {
            return;
        }
        reading = true;
        while (readPending && !backlog.isEmpty()) {
            do {
                readPending = false;
                pipeline().fireChannelRead(backlog.poll());
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
        if (eventLoop() instanceof SingleThreadEventExecutor executor) {
            executor.addShutdownHook(shutdownHook);
        }
        promise.setSuccess();
    }

    @Override
    protected void doDeregister() {
        if (eventLoop() instanceof SingleThreadEventExecutor executor) {
            executor.removeShutdownHook(shutdownHook);
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
        bindNext(address.paths(), new ArrayList<>(), promise);
    }

    /** One after the other: a failure then leaves nothing half done behind it. */
    private void bindNext(List<Path> paths, List<Path> bound, ChannelPromise promise) {
        if (state == State.CLOSED) {
            promise.tryFailure(new ClosedChannelException());
            return;
        }
        if (bound.size() == paths.size()) {
            localAddress = MultipathAddress.of(bound);
            state = State.ACTIVE;
            promise.trySuccess();
            pipeline().fireChannelActive();
            return;
        }
        ChannelFuture binding = bindListener(paths.get(bound.size()).remote());
        listeners.add(binding.channel());
        binding.addListener(f -> {
            // A channel that could not be made has no event loop, and its failure is told on another thread.
            if (eventLoop().inEventLoop()) {
                onBound(binding, paths, bound, promise);
            } else {
                eventLoop().execute(() -> onBound(binding, paths, bound, promise));
            }
        });
    }

    private void onBound(ChannelFuture binding, List<Path> paths, List<Path> bound, ChannelPromise promise) {
        if (binding.isSuccess()) {
            Path path = paths.get(bound.size());
            SocketAddress actual = binding.channel().localAddress();
            // A path that is only named after the address gets the name of the port that was chosen.
            String label = path.label().startsWith(path.remote().toString()) ? actual.toString() : path.label();
            bound.add(Path.of(label, actual));
            bindNext(paths, bound, promise);
        } else {
            closeListeners();
            if (state == State.BINDING) {
                state = State.OPEN;
            }
            promise.tryFailure(binding.cause());
        }
    }

    private ChannelFuture bindListener(SocketAddress local) {
        EventLoop eventLoop = eventLoop();
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(eventLoop)
                .channelFactory(() -> transport().newServerChannel(eventLoop, local))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) throws Exception {
                        transport().initialize(connection);
                        connection
                                .pipeline()
                                .addLast(
                                        new MultipathFrameEncoder(),
                                        new MultipathFrameDecoder(),
                                        new ServerHandshakeHandler(host));
                    }
                });
        config.subflowOptions().forEach((option, value) -> setOption(bootstrap, option, value));
        return bootstrap.bind(local);
    }

    @SuppressWarnings("unchecked")
    private static void setOption(ServerBootstrap bootstrap, ChannelOption<?> option, Object value) {
        bootstrap.option((ChannelOption<Object>) option, value);
    }

    private void onListenerOption(ChannelOption<?> option, Object value) {
        if (isRegistered()) {
            eventLoop()
                    .execute(() -> listeners.forEach(
                            listener -> MultipathChannelConfig.setSubflowOption(listener, option, value)));
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
            eventLoop().execute(() -> readPending &= config.isAutoRead());
        }
    }

    @Override
    protected void doClose() {
        state = State.CLOSED;
        closeListeners();
        sessions.close();
        backlog.forEach(session -> session.unsafe().closeForcibly());
        backlog.clear();
    }

    private void closeListeners() {
        // One that could not even be made or registered is closed, and cannot be asked to close again.
        listeners.stream().filter(Channel::isRegistered).forEach(Channel::close);
        listeners.clear();
    }
}
