package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathMetrics;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionResetException;
import dev.multipath.session.SessionRole;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * One reliable, ordered byte stream over several paths, as a Netty channel. Used with a plain {@code Bootstrap}: {@code
 * .channel(MultipathChannel.class)} and {@code .connect(MultipathAddress.of(...))}; a {@link MultipathServerChannel}
 * or a {@link MultipathAcceptor} makes those of accepted sessions. Registers with any event loop.
 *
 * <p>Written messages are {@code ByteBuf}s and {@code FileRegion}s. A write's promise succeeds when the session has taken
 * the bytes, as with TCP; {@code close()} completes when the peer has acknowledged all bytes taken and their end, or fails with {@link
 * SessionClosedException} after {@link MultipathChannelOption#LINGER}. Each direction can be ended by itself, as with TCP;
 * to a peer of the base profile {@code shutdownOutput()} ends both, once it has everything. {@link SubflowEvent}s tell of
 * the paths, {@link MultipathSessionEvent}s when there is none. A stream that ends with something missing makes a {@link
 * MultipathException} go through the pipeline before the channel becomes inactive; only the base protocol cannot tell the
 * loss of all paths between two frames from the peer's end.
 */
public final class MultipathChannel extends AbstractDuplexChannel {

    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    /** For keys and nonces. Thread-safe. */
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final String LOCAL_ADDRESS_PER_PATH = "connect() takes local addresses, or Path.withLocal()";

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

    private final MultipathChannelConfig config =
            new MultipathChannelConfig(this, () -> input().stop(), this::onSubflowOption);
    private final Runnable shutdownHook = this::closeNow;

    private volatile State state;
    private volatile Profile profile = Profile.UNDECIDED;
    private final ChannelPaths paths = new ChannelPaths();

    private final ChannelInput input = new ChannelInput(this);
    private final ChannelOutput output = new ChannelOutput(this);
    private final SessionEvents events = new SessionEvents(this, paths);

    private SessionDriver driver;
    private AddressAnnouncer announcer;

    /** A client's; null until it connects. */
    private DialledSubflows dialled;

    // an accepted session's
    private final SessionHost host;
    private final ConnectionId connectionId;
    private final AcceptedSubflows accepted;

    /** Makes a channel to be connected. */
    public MultipathChannel() {
        super(null);
        host = null;
        state = State.OPEN;
        connectionId = null;
        accepted = null;
    }

    /** Makes the channel of an accepted session; {@code parent} may be null. */
    MultipathChannel(SessionHost host, MultipathServerChannel parent, ConnectionId connectionId, Path firstPath) {
        super(parent);
        this.host = host;
        state = State.ACTIVE;
        paths.expect(firstPath);
        this.connectionId = connectionId;
        accepted = new AcceptedSubflows(this);
    }

    // ---- what an application may ask; any thread

    /** The counters of all paths, as they are now. Any thread. */
    public MultipathStats stats() {
        return paths.stats();
    }

    /** What is spoken with the peer: decided when a client connects, and by the first frame that a server gets. Any thread. */
    public Profile profile() {
        return profile;
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

    /** The server channel that accepted the session; {@code null} on a client's, and if a {@link MultipathAcceptor} did. */
    @Override
    public MultipathServerChannel parent() {
        return (MultipathServerChannel) super.parent();
    }

    /** The local ends of the paths that have a subflow, or {@code null} if there never was one. */
    @Override
    public MultipathAddress localAddress() {
        return paths.localAddress();
    }

    /** The paths that have a subflow, or {@code null} if there never was one. */
    @Override
    public MultipathAddress remoteAddress() {
        return paths.remoteAddress();
    }

    @Override
    protected SocketAddress localAddress0() {
        return paths.localAddress();
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return paths.remoteAddress();
    }

    /** The session's name; {@code null} on a client's channel. */
    ConnectionId connectionId() {
        return connectionId;
    }

    /** Who has accepted the session; {@code null} on a client's channel. */
    SessionHost host() {
        return host;
    }

    /** The subflows that are handed to an accepted session; {@code null} on a client's channel. */
    AcceptedSubflows accepted() {
        return accepted;
    }

    // ---- paths at run time; any thread

    /** The subflows that there are now. */
    public List<SubflowInfo> subflows() {
        return paths.subflows();
    }

    /**
     * A client: adds a path. It is dialled, and dialled again when it is lost, as those of the address are that the channel
     * was connected to.
     *
     * @return succeeds when the path has a subflow; fails, and leaves nothing behind, if the first attempt does
     */
    public ChannelFuture addPath(Path path) {
        return change(promise -> dialling().add(path, promise));
    }

    /**
     * A client: removes a path. What its subflow carried goes over others; the session lives on, even without any.
     *
     * @return fails if there is no such path
     */
    public ChannelFuture removePath(Path path) {
        return change(promise -> dialling().remove(path, promise));
    }

    /**
     * Makes the subflows of a path a backup, over which data go only while no other delivers, or takes that back. Both ends
     * follow it. A path that is lost and dialled again is no backup.
     *
     * @return fails if the path has no subflow, or the peer speaks the base profile
     */
    public ChannelFuture setBackup(Path path, boolean backup) {
        return change(promise -> {
            List<SubflowLink> links = driver.links().stream()
                    .filter(link -> link.path().equals(path))
                    .toList();
            if (links.isEmpty()) {
                throw new IllegalArgumentException("path " + path.label() + " has no subflow");
            }
            links.forEach(link -> driver.session().setBackup(link.subflow(), backup));
            links.forEach(link -> paths.update(link, driver.links()));
            driver.pumpLater();
            promise.setSuccess();
        });
    }

    /** Tells the peer that this end can be reached there too; without effect on a peer of the base profile. */
    public ChannelFuture announceAddress(InetSocketAddress address) {
        return change(promise -> {
            announcer.announce(address);
            driver.pumpLater();
            promise.setSuccess();
        });
    }

    /**
     * Tells the peer that this end can no longer be reached there.
     *
     * @return fails if the address was not announced
     */
    public ChannelFuture withdrawAddress(InetSocketAddress address) {
        return change(promise -> {
            if (!announcer.withdraw(address)) {
                throw new IllegalArgumentException(address + " was not announced");
            }
            driver.pumpLater();
            promise.setSuccess();
        });
    }

    private PathChanges dialling() {
        if (dialled == null) {
            throw new UnsupportedOperationException("the paths of an accepted session are its client's");
        }
        return dialled.changes();
    }

    private ChannelFuture change(Consumer<ChannelPromise> change) {
        ChannelPromise promise = newPromise();
        if (!isActive()) {
            return promise.setFailure(inactive());
        }
        inEventLoop(
                () -> {
                    if (!promise.setUncancellable()) {
                        return;
                    }
                    try {
                        if (!isActive()) {
                            throw new ClosedChannelException();
                        }
                        change.accept(promise);
                    } catch (RuntimeException | ClosedChannelException e) {
                        promise.tryFailure(e);
                    }
                },
                promise);
        return promise;
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
            startSession(SessionRole.SERVER, connectionId);
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
        if (driver != null && isOpen()) {
            // The session and its subflows belong to that event loop, so that the channel ends with it, as Netty
            // allows.
            boolean wasActive = state == State.ACTIVE || state == State.CLOSING;
            closeNow();
            if (wasActive) {
                // The event that Netty fires itself comes when the handlers are gone.
                pipeline().fireChannelInactive();
            }
        }
    }

    void startSession(SessionRole role, ConnectionId sessionId) {
        MultipathSession session = new MultipathSession(
                config.sessionConfig(host == null ? config : host.options()),
                role,
                sessionId,
                config.get(MultipathChannelOption.SCHEDULER).get(),
                alloc(),
                RANDOM);
        driver = new SessionDriver(this, eventLoop(), session);
        announcer = new AddressAnnouncer(driver);
        if (host != null) {
            announcer.update(host.options()
                    .get(MultipathChannelOption.ANNOUNCED_ADDRESSES)
                    .of(host.listeners()));
        }
    }

    // ---- subflows

    /** A subflow joins, on the event loop; the caller adds its handler and calls {@link SessionDriver#pump()}. */
    SubflowLink addSubflow(Path path, Channel channel, long handshakeRttNanos, JoinOffer offer) {
        if (accepted != null) {
            // A dialled channel has them from the beginning.
            config.subflowOptions()
                    .forEach((option, value) -> MultipathChannelConfig.setSubflowOption(channel, option, value));
        }
        PathMetrics pathMetrics = paths.metricsOfJoining(path, config.get(MultipathChannelOption.STATS_TRACKER));
        return driver.addLink(channel, path, pathMetrics, handshakeRttNanos, offer);
    }

    private void onSubflowOption(ChannelOption<?> option, Object value) {
        if (isRegistered()) {
            eventLoop().execute(() -> {
                if (driver != null) {
                    driver.links()
                            .forEach(link -> MultipathChannelConfig.setSubflowOption(link.channel(), option, value));
                }
            });
        }
    }

    PathMetrics metrics(Path path) {
        return paths.metrics(path, config.get(MultipathChannelOption.STATS_TRACKER));
    }

    SessionDriver driver() {
        return driver;
    }

    /** A client's first subflow is established: the application, told next, may ask for addresses and profile. */
    void setActive(SubflowLink first) {
        paths.update(first, driver.links());
        profile = driver.session().profile();
        state = State.ACTIVE;
    }

    /** What the driver tells of the session's subflows. */
    SessionEvents events() {
        return events;
    }

    /** A client's; {@code null} on an accepted session's channel, and before it connects. */
    DialledSubflows dialled() {
        return dialled;
    }

    /** The profile may be decided; who waits for the session to let it in is looked at again. */
    void onSessionChanged() {
        profile = driver.session().profile();
        if (accepted != null) {
            accepted.admitWaiting();
        }
    }

    // ---- reading

    @Override
    protected void doBeginRead() {
        input.request();
    }

    ChannelInput input() {
        return input;
    }

    /** Passes what has come in order to the application, as far as it wants to read; and its end. */
    void readFromSession() {
        input.deliver();
    }

    // ---- writing

    @Override
    protected Object filterOutboundMessage(Object msg) {
        return ChannelOutput.requireWritable(msg);
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws IOException {
        output.write(in);
        driver.pump();
    }

    /** Lets the session take what it has room for. */
    void writeToSession() {
        ChannelOutboundBuffer in = unsafe().outboundBuffer();
        if (in != null && state == State.ACTIVE) {
            try {
                output.write(in);
            } catch (IOException e) {
                ((MultipathUnsafe) unsafe()).onWriteError(e);
            }
        }
    }

    /** Lets the session take all that was flushed, whether it has room or not. */
    private void flushToSession() {
        ChannelOutboundBuffer in = unsafe().outboundBuffer();
        if (in != null && state == State.ACTIVE && driver != null) {
            output.writeAll(in);
        }
    }

    @Override
    void endInput() {
        driver.pumpLater();
    }

    @Override
    void endOutput(ChannelPromise promise) {
        // What is left in the buffer then fails, although it was flushed.
        flushToSession();
        ((AbstractUnsafe) unsafe()).shutdownOutput(promise);
    }

    @Override
    protected void doShutdownOutput() {
        outputShutdown();
        driver.shutdownOutput();
    }

    // ---- the end

    /**
     * Gives the session up: what the peer has not read is lost, and it is told why ({@link SessionResetException}). Then the
     * channel closes. Any thread.
     *
     * @param code from {@link ResetFrame#FIRST_APPLICATION_CODE} on
     * @param reason for people, at most {@link ResetFrame#MAX_REASON_BYTES} in UTF-8, may be empty
     * @return the channel's {@link #closeFuture()}
     * @throws IllegalArgumentException if code or reason are not like that
     */
    public ChannelFuture abort(long code, String reason) {
        ResetFrame reset = new ResetFrame(code, reason);
        if (code < ResetFrame.FIRST_APPLICATION_CODE) {
            throw new IllegalArgumentException(
                    "code " + code + " is below the application's, " + ResetFrame.FIRST_APPLICATION_CODE);
        }
        inEventLoop(
                () -> {
                    if (driver != null && isOpen()) {
                        driver.session().abort(reset.code(), reset.reason());
                        // For who waits in close() already.
                        driver.pumpLater();
                    }
                    unsafe().close(unsafe().voidPromise());
                },
                newPromise());
        return closeFuture();
    }

    /** The session is over; what was received can still be read. */
    void onSessionOver() {
        if (dialled != null) {
            dialled.stop();
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
        if (dialled != null) {
            dialled.close();
        }
        input().release();
        SessionClosedException unfinished = driver == null ? null : driver.release();
        if (accepted != null) {
            accepted.close();
            host.sessions().remove(this);
        }
        if (closedByApplication && unfinished != null && !isAbortive()) {
            throw unfinished;
        }
    }

    /** As with a socket, no time to linger means that what the peer has not got is given up, and that it is told so. */
    private boolean isAbortive() {
        return config.get(MultipathChannelOption.LINGER).isZero();
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new MultipathUnsafe();
    }

    private final class MultipathUnsafe extends AbstractUnsafe {

        void onWriteError(IOException cause) {
            handleWriteError(cause);
        }

        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            if (promise.isDone() || !ensureOpen(promise)) {
                return;
            }
            if (!(remote instanceof MultipathAddress address)) {
                promise.tryFailure(new UnsupportedAddressTypeException());
                return;
            }
            if (local != null && !(local instanceof MultipathAddress)) {
                promise.tryFailure(new UnsupportedOperationException(LOCAL_ADDRESS_PER_PATH));
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
            dialled = new DialledSubflows(MultipathChannel.this, promise);
            dialled.dial(address, (MultipathAddress) local);
        }

        @Override
        public void close(ChannelPromise promise) {
            // What was flushed before the close is part of the stream, as with a socket that lingers.
            flushToSession();
            super.close(promise);
        }

        @Override
        protected Executor prepareToClose() {
            if (state != State.ACTIVE || driver == null) {
                return null;
            }
            state = State.CLOSING;
            if (isAbortive() && !driver.session().isOver()) {
                driver.session().abort(ResetFrame.LINGER_EXPIRED, "");
            }
            if (driver.isEndingNow()) {
                // Without a callback: what comes later does not find the channel registered.
                driver.drain(() -> {});
                return null;
            }
            return driver::drain;
        }
    }
}
