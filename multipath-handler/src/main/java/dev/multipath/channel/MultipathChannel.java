package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathMetrics;
import dev.multipath.metrics.PathState;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.DialPolicy;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathManager;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionRole;
import dev.multipath.session.SubflowState;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.netty.util.internal.StringUtil;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One reliable, ordered byte stream over several paths, as a Netty channel. Used with a plain {@code Bootstrap}: {@code
 * .channel(MultipathChannel.class)} and {@code .connect(MultipathAddress.of(...))}; a {@link MultipathServerChannel}
 * makes those of accepted sessions. Registers with any event loop.
 *
 * <p>Written messages are {@link ByteBuf}s. A write's promise succeeds when the session has taken the bytes, as with TCP;
 * {@code close()} completes when the peer has acknowledged all bytes taken, or fails with {@link SessionClosedException}
 * after {@link MultipathChannelOption#LINGER}. {@link SubflowEvent}s tell of the paths. A stream that ends with something
 * missing makes a {@link MultipathException} go through the pipeline before the channel becomes inactive; the base
 * protocol cannot tell the loss of all paths between two frames from the peer's end.
 */
public final class MultipathChannel extends AbstractChannel {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(MultipathChannel.class);
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    private static final String LOCAL_ADDRESS_PER_PATH = "give each path its local address instead: Path.withLocal()";

    private enum State {
        /** Made, not connected. */
        OPEN,
        /** Dialling; a client's only. */
        CONNECTING,
        ACTIVE,
        /** Closed by the application; waits for acknowledgements. */
        CLOSING,
        CLOSED
    }

    private final MultipathChannelConfig config = new MultipathChannelConfig(this, this::onAutoReadCleared);
    private final Runnable shutdownHook = this::closeNow;

    private volatile State state;
    private volatile MultipathAddress localAddress;
    private volatile MultipathAddress remoteAddress;

    /** Of the paths that had a subflow, in the order of their first. Guarded by itself; the counters need no lock. */
    private final Map<Path, PathMetrics> metrics = new LinkedHashMap<>();

    private SessionDriver driver;
    private boolean readPending;

    // a client's
    private PathManager pathManager;
    private ChannelPromise connectPromise;

    // an accepted session's
    private final ConnectionId connectionId;
    private final AcceptedSubflows accepted;

    /** Makes a channel to be connected. */
    public MultipathChannel() {
        super(null);
        state = State.OPEN;
        connectionId = null;
        accepted = null;
    }

    /** Makes the channel of an accepted session. */
    MultipathChannel(MultipathServerChannel parent, ConnectionId connectionId, Path firstPath) {
        super(parent);
        state = State.ACTIVE;
        remoteAddress = MultipathAddress.of(firstPath);
        localAddress = MultipathAddress.of(firstPath.local());
        this.connectionId = connectionId;
        accepted = new AcceptedSubflows(this);
    }

    // ---- what an application may ask; any thread

    /** The counters of all paths, as they are now. Any thread. */
    public MultipathStats stats() {
        synchronized (metrics) {
            return new MultipathStats(
                    metrics.values().stream().map(PathMetrics::snapshot).toList());
        }
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    MultipathChannelConfig multipathConfig() {
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

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public MultipathServerChannel parent() {
        return (MultipathServerChannel) super.parent();
    }

    /** The local ends of the paths that have a subflow, or {@code null} if there never was one. */
    @Override
    public MultipathAddress localAddress() {
        return localAddress;
    }

    /** The paths that have a subflow, or {@code null} if there never was one. */
    @Override
    public MultipathAddress remoteAddress() {
        return remoteAddress;
    }

    @Override
    protected SocketAddress localAddress0() {
        return localAddress;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return remoteAddress;
    }

    /** The session's name; {@code null} on a client's channel. */
    ConnectionId connectionId() {
        return connectionId;
    }

    /** The subflows that are handed to an accepted session; {@code null} on a client's channel. */
    AcceptedSubflows accepted() {
        return accepted;
    }

    // ---- registration

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        if (eventLoop() instanceof SingleThreadEventExecutor executor) {
            // No I/O handle of this channel is known to the loop, so it would not close it when it shuts down.
            executor.addShutdownHook(shutdownHook);
        }
        boolean first = accepted != null && driver == null;
        if (first) {
            // Before the pipeline is told, which may write at once.
            startSession(SessionRole.SERVER);
        }
        promise.setSuccess();
        if (first) {
            accepted.onRegistered();
        }
    }

    /** The event loop is shutting down: nothing can be waited for, since timers no longer fire. */
    private void closeNow() {
        if (driver != null) {
            driver.endNow();
        }
        unsafe().close(unsafe().voidPromise());
    }

    @Override
    protected void doDeregister() {
        if (eventLoop() instanceof SingleThreadEventExecutor executor) {
            executor.removeShutdownHook(shutdownHook);
        }
    }

    private void startSession(SessionRole role) {
        MultipathSession session = new MultipathSession(
                config.sessionConfig(),
                role,
                config.get(MultipathChannelOption.SCHEDULER).get(),
                alloc(),
                ThreadLocalRandom.current());
        driver = new SessionDriver(this, eventLoop(), session);
    }

    // ---- subflows

    /** A subflow joins, on the event loop; the caller adds its handler and calls {@link SessionDriver#pump()}. */
    SubflowLink addSubflow(Path path, Channel channel, long handshakeRttNanos) {
        PathMetrics pathMetrics = metrics(path);
        pathMetrics.onDialSucceeded();
        return driver.addLink(channel, path, pathMetrics, handshakeRttNanos);
    }

    private PathMetrics metrics(Path path) {
        synchronized (metrics) {
            return metrics.computeIfAbsent(
                    path,
                    p -> new PathMetrics(
                            p.label(),
                            config.get(MultipathChannelOption.STATS_TRACKER).apply(p)));
        }
    }

    SessionDriver driver() {
        return driver;
    }

    void onSubflowEvent(SubflowLink link, SubflowEvent.Kind kind, Throwable cause) {
        Path path = link.path();
        updateAddresses();
        link.metrics().onStateChanged(pathState(path));
        if (pathManager != null) {
            switch (kind) {
                case ADDED -> dropStaleSiblings(link);
                case REMOVED -> pathManager.onSubflowLost(path);
                case STALE -> pathManager.onSubflowStale(path);
                case RECOVERED -> pathManager.onSubflowRecovered(path);
            }
        } else if (kind == SubflowEvent.Kind.REMOVED) {
            accepted.onRemoved();
            synchronized (metrics) {
                // A server's paths are named by ports that do not come again: nothing may grow with lost subflows.
                if (pathState(path) == PathState.DOWN && metrics.size() > AcceptedSubflows.MAX_REMEMBERED_PATHS) {
                    metrics.remove(path);
                }
            }
        }
        pipeline().fireUserEventTriggered(new SubflowEvent(kind, path, cause));
    }

    /** A new subflow replaces the stale one on its path: whichever answers first carries on, the other is closed. */
    private void dropStaleSiblings(SubflowLink link) {
        for (SubflowLink other : List.copyOf(driver.links())) {
            if (other != link && other.path().equals(link.path())) {
                driver.drop(other);
            }
        }
    }

    private PathState pathState(Path path) {
        PathState pathState = PathState.DOWN;
        for (SubflowLink link : driver.links()) {
            if (link.path().equals(path)) {
                pathState = link.subflow().state() == SubflowState.STALE ? PathState.STALE : PathState.ACTIVE;
            }
        }
        return pathState;
    }

    private void updateAddresses() {
        List<Path> remotes = new ArrayList<>();
        List<Path> locals = new ArrayList<>();
        for (SubflowLink link : driver.links()) {
            SocketAddress local = link.channel().localAddress();
            remotes.add(new Path(link.path().label(), link.path().remote(), local));
            if (local != null) {
                locals.add(Path.of(local));
            }
        }
        if (!remotes.isEmpty()) {
            remoteAddress = MultipathAddress.of(remotes);
        }
        if (!locals.isEmpty()) {
            localAddress = MultipathAddress.of(locals);
        }
    }

    // ---- connecting

    private final class ConnectListener implements PathManager.Listener {
        @Override
        public void onSession(ConnectionId newConnectionId) {
            startSession(SessionRole.CLIENT);
        }

        @Override
        public void onSubflow(Path path, Channel channel, long handshakeRttNanos) {
            if (state == State.CLOSED) {
                channel.close();
                return;
            }
            SubflowLink link = addSubflow(path, channel, handshakeRttNanos);
            channel.pipeline().addLast(new SubflowHandler(link));
            if (connectPromise != null) {
                onConnected();
            }
            driver.pump();
        }

        @Override
        public void onPathFailed(Path path, Throwable cause) {
            LOGGER.debug("{} path {} failed", MultipathChannel.this, path.label(), cause);
            metrics(path).onDialFailed();
        }

        @Override
        public void onAllPathsFailed(AllPathsFailedException cause) {
            ChannelPromise promise = connectPromise;
            connectPromise = null;
            if (promise != null) {
                promise.tryFailure(cause);
            }
            unsafe().close(voidPromise());
        }
    }

    private void onConnected() {
        updateAddresses();
        state = State.ACTIVE;
        ChannelPromise promise = connectPromise;
        connectPromise = null;
        // Order as in AbstractNioChannel: the promise first, and no event for who has cancelled.
        if (promise.trySuccess()) {
            pipeline().fireChannelActive();
        } else {
            unsafe().close(voidPromise());
        }
    }

    // ---- reading

    @Override
    protected void doBeginRead() {
        readPending = true;
        if (driver != null && driver.session().hasReceived()) {
            driver.pumpLater();
        }
    }

    private void onAutoReadCleared() {
        readPending = false;
    }

    /** Passes what has come in order to the application, as far as it wants to read. */
    @SuppressWarnings("deprecation") // RecvByteBufAllocator.Handle, for which Netty 4.2 has no replacement yet
    void readFromSession() {
        while (readPending && state == State.ACTIVE && driver.session().hasReceived()) {
            RecvByteBufAllocator.Handle handle = unsafe().recvBufAllocHandle();
            handle.reset(config);
            readPending = false;
            do {
                ByteBuf received = driver.session().pollReceived();
                if (received == null) {
                    break;
                }
                handle.attemptedBytesRead(received.readableBytes());
                handle.lastBytesRead(received.readableBytes());
                handle.incMessagesRead(1);
                pipeline().fireChannelRead(received);
            } while (state == State.ACTIVE && handle.continueReading());
            handle.readComplete();
            pipeline().fireChannelReadComplete();
        }
    }

    // ---- writing

    @Override
    protected Object filterOutboundMessage(Object msg) {
        if (msg instanceof ByteBuf) {
            return msg;
        }
        throw new UnsupportedOperationException(
                "unsupported message type: " + StringUtil.simpleClassName(msg) + " (expected: ByteBuf)");
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) {
        writeToSession(in);
        driver.pump();
    }

    /** Lets the session take what it has room for. */
    void writeToSession() {
        ChannelOutboundBuffer in = unsafe().outboundBuffer();
        if (in != null && !in.isEmpty() && state == State.ACTIVE) {
            writeToSession(in);
        }
    }

    private void writeToSession(ChannelOutboundBuffer in) {
        long capacityBytes;
        ByteBuf message;
        while ((capacityBytes = driver.session().sendCapacityBytes()) > 0
                && (message = (ByteBuf) in.current()) != null) {
            if (message.readableBytes() > capacityBytes) {
                driver.session().send(message.retainedSlice(message.readerIndex(), (int) capacityBytes));
                in.removeBytes(capacityBytes);
            } else {
                send(in, message);
            }
        }
    }

    private void send(ChannelOutboundBuffer in, ByteBuf message) {
        driver.session().send(message.retain());
        in.progress(message.readableBytes());
        in.remove();
    }

    // ---- the end

    /** The last subflow is gone; what was received can still be read. */
    void onSubflowsLost() {
        if (pathManager != null) {
            pathManager.stop();
        }
    }

    /** All is read and there is nothing more to come. */
    void onStreamEnd(MultipathException cause) {
        if (state != State.ACTIVE) {
            return;
        }
        if (cause != null) {
            pipeline().fireExceptionCaught(cause);
        }
        unsafe().close(voidPromise());
    }

    @Override
    protected void doBind(SocketAddress local) {
        throw new UnsupportedOperationException(LOCAL_ADDRESS_PER_PATH);
    }

    @Override
    protected void doDisconnect() throws Exception {
        doClose();
    }

    @Override
    protected void doClose() throws Exception {
        if (state == State.CLOSED) {
            return;
        }
        boolean closedByApplication = state == State.CLOSING;
        state = State.CLOSED;
        ChannelPromise promise = connectPromise;
        connectPromise = null;
        if (promise != null) {
            promise.tryFailure(new ClosedChannelException());
        }
        long unacknowledgedBytes = 0;
        if (driver != null) {
            if (pathManager != null) {
                for (SubflowLink link : driver.links()) {
                    pathManager.onRtt(link.path(), link.subflow().smoothedRttNanos());
                }
            }
            unacknowledgedBytes = driver.release();
        }
        if (pathManager != null) {
            pathManager.stop();
        }
        if (accepted != null) {
            accepted.close();
            parent().sessions().remove(this);
        }
        if (closedByApplication && unacknowledgedBytes > 0) {
            throw new SessionClosedException(
                    "closed with " + unacknowledgedBytes + " bytes unacknowledged", unacknowledgedBytes, null);
        }
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new MultipathUnsafe();
    }

    private final class MultipathUnsafe extends AbstractUnsafe {

        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            if (promise.isDone() || !ensureOpen(promise)) {
                return;
            }
            if (local != null) {
                promise.tryFailure(new UnsupportedOperationException(LOCAL_ADDRESS_PER_PATH));
                return;
            }
            if (!(remote instanceof MultipathAddress address)) {
                promise.tryFailure(new UnsupportedAddressTypeException());
                return;
            }
            if (state == State.CONNECTING) {
                promise.tryFailure(new ConnectionPendingException());
                return;
            }
            if (state != State.OPEN) {
                promise.tryFailure(new AlreadyConnectedException());
                return;
            }
            state = State.CONNECTING;
            connectPromise = promise;
            promise.addListener(f -> {
                if (f.isCancelled()) {
                    close(voidPromise());
                }
            });
            DialPolicy policy = DialPolicy.withAttemptTimeout(
                    Duration.ofMillis(config.getConnectTimeoutMillis()),
                    config.get(MultipathChannelOption.MAX_REDIAL_DELAY));
            pathManager = new PathManager(
                    eventLoop(),
                    config.get(MultipathChannelOption.SUBFLOW_TRANSPORT),
                    config.subflowOptions(),
                    policy,
                    config.get(MultipathChannelOption.PATH_HISTORY),
                    ThreadLocalRandom.current(),
                    new ConnectListener());
            pathManager.start(address.paths());
        }

        @Override
        public void close(ChannelPromise promise) {
            ChannelOutboundBuffer in = outboundBuffer();
            if (state == State.ACTIVE && in != null && !in.isEmpty() && driver != null) {
                // What was flushed before the close is part of the stream, as with a socket that lingers; what the
                // application writes because this makes the channel writable again is not.
                for (int flushed = in.size(); flushed > 0 && in.current() != null; flushed--) {
                    send(in, (ByteBuf) in.current());
                }
            }
            super.close(promise);
        }

        @Override
        protected Executor prepareToClose() {
            if (state != State.ACTIVE || driver == null) {
                return null;
            }
            state = State.CLOSING;
            return driver::drain;
        }
    }
}
