package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathMetrics;
import dev.multipath.metrics.PathStateChange;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionResetException;
import dev.multipath.session.SessionRole;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * One reliable, ordered byte stream over several paths, as a Netty channel. Used with a plain {@code Bootstrap}: {@code
 * .channel(MultipathChannel.class)} and {@code .connect(MultipathAddress.of(...))}; a {@link MultipathServerChannel}
 * or a {@link MultipathAcceptor} makes those of accepted sessions. Registers with any event loop.
 *
 * <p>Written messages are {@code ByteBuf}s and {@code FileRegion}s. A write's promise succeeds when the session has taken
 * the bytes, as with TCP; {@code close()} completes when the peer has acknowledged all bytes taken and their end, or fails
 * with {@link SessionClosedException} after {@link MultipathChannelOption#LINGER}. Each direction can be ended by itself, as
 * with TCP (RFC 9293 section 3.6); to a peer of the base profile {@code shutdownOutput()} ends both, once it has everything.
 * {@link SubflowEvent}s tell of the paths, {@link MultipathSessionEvent}s when there is none. A stream that ends with
 * something missing makes a {@link MultipathException} go through the pipeline before the channel becomes inactive; only the
 * base protocol cannot tell the loss of all paths between two frames from the peer's end.
 *
 * <p>Methods may be called from any thread; the handlers run on the channel's event loop.
 */
public final class MultipathChannel extends AbstractDuplexChannel {

    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    /** For keys and nonces. Thread-safe. */
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final String LOCAL_ADDRESS_PER_PATH = "connect() takes local addresses, or Path.withLocal()";

    private final MultipathChannelConfig config =
            new MultipathChannelConfig(this, () -> input().stop(), this::onSubflowOption);
    private final ShutdownHook shutdownHook = new ShutdownHook(this::closeNow);

    private final ChannelLife life;
    private volatile Profile profile = Profile.UNDECIDED;
    private final ChannelPaths paths = new ChannelPaths(() -> config.get(MultipathChannelOption.STATS_TRACKER));
    private final PathCommands pathCommands = new PathCommands(this, paths);

    private final ChannelInput input = new ChannelInput(this);
    private final ChannelOutput output = new ChannelOutput(this);

    private SessionDriver driver;
    private SessionEvents events;
    private volatile LiveSession live;
    private AddressAnnouncer announcer;

    /** An accepted session's; null on a client's channel. */
    private final AcceptedSubflows accepted;

    /** A client's; null until it connects. */
    private DialledSubflows dialled;

    /** Makes a channel to be connected. */
    public MultipathChannel() {
        super(null);
        life = new ChannelLife(ChannelLife.State.OPEN);
        accepted = null;
    }

    /** Makes the channel of an accepted session; {@code parent} may be null. */
    MultipathChannel(SessionHost host, MultipathServerChannel parent, ConnectionId connectionId, Path firstPath) {
        super(parent);
        life = new ChannelLife(ChannelLife.State.ACTIVE);
        paths.expect(firstPath);
        accepted = new AcceptedSubflows(this, host, connectionId);
    }

    // ---- what an application may ask; any thread

    /**
     * {@return the counters of all paths, and of the latest that are no more, up to 32 in all, as they are now; once the channel
     * is closed, as they were before} Any thread, at any time.
     */
    public MultipathStats stats() {
        return LiveSession.stats(live, paths.stats());
    }

    /** {@return the session as it is now: its name, its profile, its subflows and its {@link #stats()}} Any thread, at any time. */
    public SessionSnapshot snapshot() {
        return SessionSnapshot.of(this, live);
    }

    /**
     * What is spoken with the peer: decided when a client connects, and by the first frame that a server gets. Any thread.
     *
     * @return the profile; undecided before
     */
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
        return life.isOpen();
    }

    @Override
    public boolean isActive() {
        return life.isActive();
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    /**
     * {@return the server channel that accepted the session; {@code null} on a client's, and if a {@link MultipathAcceptor}
     * did}
     */
    @Override
    public MultipathServerChannel parent() {
        return (MultipathServerChannel) super.parent();
    }

    /** {@return the local ends of the subflows, or of the last ones if there is none; {@code null} if there never was one} */
    @Override
    public MultipathAddress localAddress() {
        return paths.localAddress();
    }

    /** {@return the paths that have a subflow, or had the last ones if none has; {@code null} if none ever had} */
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

    /** The subflows that are handed to an accepted session; {@code null} on a client's channel. */
    AcceptedSubflows accepted() {
        return accepted;
    }

    // ---- paths at run time; any thread

    /** {@return the subflows that there are now; a snapshot, any thread} */
    public List<SubflowInfo> subflows() {
        return paths.subflows();
    }

    /**
     * A client: adds a path. It is dialled, and dialled again when it is lost, as those of the address are that the channel
     * was connected to. The session's new subflow is what RFC 8684 section 3.2 calls a join. Any thread.
     *
     * @param path not one that there is
     * @return succeeds when the path has a subflow; fails, and leaves nothing behind, if the first attempt does (with its
     *     cause), with {@link IllegalArgumentException} if the path is there already, with {@link
     *     UnsupportedOperationException} on an accepted session, with {@code NotYetConnectedException} or {@code
     *     ClosedChannelException} if the channel is not active, or its session is over
     */
    public ChannelFuture addPath(Path path) {
        return pathCommands.add(path);
    }

    /**
     * A client: removes a path, and tells the server. What its subflow carried goes over others; the session lives on, even
     * without any: for {@link MultipathChannelOption#RESUMPTION_TIMEOUT}, until {@link #addPath} gives it one again. Where it
     * cannot, in the base profile or with no such time at one of the ends, a subflow that is the only one to deliver stays until
     * another does; but its path is not dialled again. Any thread.
     *
     * @param path one of those that the channel was connected to, that were added, or that were dialled since the server
     *     announced them
     * @return succeeds at once; fails with {@link IllegalArgumentException} if there is no such path, else as {@link #addPath}
     */
    public ChannelFuture removePath(Path path) {
        return pathCommands.remove(path);
    }

    /**
     * Makes the subflows of a path a backup, over which data go only while no other delivers, or takes that back: {@code
     * MP_PRIO} of RFC 8684 section 3.3.8. Both ends follow it. A path that is lost and dialled again is no backup. Any thread.
     *
     * @param path a path as {@link #subflows()} has it, a client's or an accepted session's
     * @param backup whether it is one from now on
     * @return succeeds when the peer is going to be told; fails with {@link IllegalArgumentException} if the path has no
     *     subflow, with {@link IllegalStateException} if the peer speaks the base profile, with {@code
     *     NotYetConnectedException} or {@code ClosedChannelException} if the channel is not active
     */
    public ChannelFuture setBackup(Path path, boolean backup) {
        return pathCommands.setBackup(path, backup);
    }

    /**
     * Tells the peer that this end can be reached there too: {@code ADD_ADDR} of RFC 8684 section 3.4.1. Without effect on a
     * peer of the base profile, or if it was told already. Any thread.
     *
     * @param address resolved, and one that can be of use to this peer: {@link dev.multipath.path.AddressScope#isOfUse}
     * @return succeeds when the peer is going to be told; fails with {@link IllegalArgumentException} for any other address,
     *     with {@code NotYetConnectedException} or {@code
     *     ClosedChannelException} if the channel is not active
     */
    public ChannelFuture announceAddress(InetSocketAddress address) {
        return pathCommands.announce(address);
    }

    /**
     * Tells the peer that this end can no longer be reached there: {@code REMOVE_ADDR} of RFC 8684 section 3.4.2. Subflows
     * that a client has dialled because of the announcement are closed by it, as soon as it has another that delivers. Any thread.
     *
     * @param address one that was announced, by {@link #announceAddress} or {@link MultipathChannelOption#ANNOUNCED_ADDRESSES}
     * @return succeeds when the peer is going to be told; fails with {@link IllegalArgumentException} if the address was not
     *     announced, else as {@link #announceAddress}
     */
    public ChannelFuture withdrawAddress(InetSocketAddress address) {
        return pathCommands.withdraw(address);
    }

    // ---- registration

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        boolean first = accepted != null && driver == null;
        if (first) {
            // Before the pipeline is told, which may write at once.
            try {
                startSession(SessionRole.SERVER, accepted.connectionId());
            } catch (RuntimeException | Error e) {
                promise.setFailure(e);
                return;
            }
        }
        shutdownHook.register(eventLoop());
        promise.setSuccess();
        if (first) {
            accepted.onRegistered();
        }
    }

    /** The event loop is shutting down: nothing can be waited for, since timers no longer fire. */
    void closeNow() {
        if (driver != null) {
            driver.endNow();
        }
        closeItself();
    }

    @Override
    protected void doDeregister() {
        shutdownHook.deregister(eventLoop());
        if ((driver != null || dialled != null) && isOpen()) {
            // The session, its subflows and attempts belong to that event loop, so that the channel ends with it, as
            // Netty allows.
            boolean wasActive = life.isActive() || life.isClosing();
            closeNow();
            if (wasActive) {
                // The event that Netty fires itself comes when the handlers are gone.
                pipeline().fireChannelInactive();
            }
        }
    }

    void startSession(SessionRole role, ConnectionId sessionId) {
        OptionValues options = side().options();
        MultipathSession session = new MultipathSession(
                config.sessionConfig(options),
                role,
                sessionId,
                config.get(MultipathChannelOption.SCHEDULER).get(),
                alloc(),
                RANDOM);
        driver = new SessionDriver(this, eventLoop(), session, life);
        events = new SessionEvents(this, driver, paths);
        side().begin(driver);
        live = LiveSession.begin(driver, sessionId, session, options);
        announcer = new AddressAnnouncer(driver::session, paths);
    }

    /** Runs something on the event loop, unless the session has not begun or is over. Any thread. */
    void inSession(Runnable task) {
        if (isRegistered()) {
            OwnerLoop.run(eventLoop(), () -> {
                if (isActive()) {
                    task.run();
                }
            });
        }
    }

    // ---- subflows

    /** A subflow joins, on the event loop; the caller adds its handler and calls {@link SessionDriver#pump()}. */
    SubflowLink addSubflow(Path path, SubflowConnection connection, long handshakeRttNanos, JoinOffer offer) {
        // Those that a dialled one was made with may be others by now.
        config.subflowOptions()
                .forEach((option, value) ->
                        MultipathChannelConfig.setSubflowOption(connection.channel(), option, value));
        SubflowLink link = driver.addLink(connection, path, paths.metricsOfJoining(path), handshakeRttNanos, offer);
        events.onLink(link);
        return link;
    }

    private void onSubflowOption(ChannelOption<?> option, Object value) {
        inSession(() -> driver.links()
                .all()
                .forEach(link -> MultipathChannelConfig.setSubflowOption(link.channel(), option, value)));
    }

    PathMetrics metrics(Path path) {
        return paths.metrics(path);
    }

    SessionDriver driver() {
        return driver;
    }

    /** A client's first subflow is established: the application, told next, may ask for addresses and profile. */
    void setActive(SubflowLink first) {
        paths.update(first, PathStateChange.Reason.JOINED, null, driver.links().all());
        profile = driver.session().profile();
        life.become(ChannelLife.State.ACTIVE);
    }

    /** What is told of the session; {@code null} before it begins. */
    LiveSession live() {
        return live;
    }

    /** What the session holds; not before it begins. */
    MemoryAccount memory() {
        return live.memory();
    }

    AddressAnnouncer announcer() {
        return announcer;
    }

    /** Which end of its session it is; null on a client's channel before it connects. */
    SessionSide side() {
        return accepted != null ? accepted : dialled;
    }

    /** Whom the driver tells what happens to the session. */
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
        side().onSessionChanged();
    }

    // ---- reading

    @Override
    protected void doBeginRead() {
        input.request();
        if (driver != null) {
            driver.onReadWanted();
        }
    }

    ChannelInput input() {
        return input;
    }

    // ---- writing

    @Override
    protected Object filterOutboundMessage(Object msg) {
        return ChannelOutput.requireWritable(msg);
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws IOException {
        output.write(in, driver);
        driver.onOutput();
    }

    ChannelOutput output() {
        return output;
    }

    /** A message of the application's could not be read. */
    void onWriteError(Throwable cause) {
        ((MultipathUnsafe) unsafe()).onWriteError(cause);
    }

    @Override
    void endInput() {
        driver.pumpLater();
    }

    @Override
    void endOutput(ChannelPromise promise) {
        // What is left in the buffer then fails, although it was flushed.
        output.flushAll(driver);
        ((AbstractUnsafe) unsafe()).shutdownOutput(promise);
    }

    @Override
    protected void doShutdownOutput() {
        outputShutdown();
        driver.shutdownOutput();
    }

    // ---- the end

    /**
     * Gives the session up: what the peer has not read is lost, and it is told why ({@link SessionResetException}), as by the
     * fast close of RFC 8684 section 3.5; one of the base profile sees its connections reset. Then the channel closes.
     * Any thread.
     *
     * @param code from {@link ResetFrame#FIRST_APPLICATION_CODE} on
     * @param reason for people, at most {@link ResetFrame#MAX_REASON_BYTES} in UTF-8, may be empty
     * @return the channel's {@link #closeFuture()}
     * @throws IllegalArgumentException if code or reason are not like that
     * @throws IllegalStateException if the channel was never registered, as from any operation of Netty's
     */
    public ChannelFuture abort(long code, String reason) {
        ResetFrame reset = new ResetFrame(code, reason);
        if (code < ResetFrame.FIRST_APPLICATION_CODE) {
            throw new IllegalArgumentException(
                    "code " + code + " is below the application's, " + ResetFrame.FIRST_APPLICATION_CODE);
        }
        OwnerLoop.run(eventLoop(), () -> {
            if (driver != null && isOpen()) {
                driver.abort(reset.code(), reset.reason());
            }
            closeItself();
        });
        return closeFuture();
    }

    /** There is no place for the session any more: ends it, whatever it does, and tells both ends why. Any thread. */
    void evict(Shortage why) {
        side().evict(why);
    }

    /** As {@link #evict(Shortage)}, when its side knows. */
    void evict(String reason) {
        if (!isRegistered()) {
            // It is called again when it is.
            return;
        }
        OwnerLoop.run(eventLoop(), () -> {
            if (isOpen()) {
                driver.abort(ResetFrame.GOING_AWAY, reason);
                onStreamEnd(driver.session().failure());
            }
        });
    }

    /** Not by a word of the application. */
    void closeItself() {
        unsafe().close(unsafe().voidPromise());
    }

    /** All is read and there is nothing more to come. */
    void onStreamEnd(MultipathException cause) {
        if (!isActive()) {
            return;
        }
        if (cause == null && isShutdown() && driver.session().isOver()) {
            // Each direction was ended by the application or in front of its eyes: as with a socket, it closes.
            return;
        }
        if (cause != null) {
            pipeline().fireExceptionCaught(cause);
        }
        closeItself();
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
        if (!life.isOpen()) {
            return;
        }
        boolean closedByApplication = life.isClosing();
        boolean cut = driver != null && driver.end().isCut();
        life.become(ChannelLife.State.CLOSED);
        input().release();
        SessionClosedException unfinished = null;
        try {
            unfinished = driver == null ? null : driver.release(cut);
        } finally {
            if (side() != null) {
                side().onClosed(cut, driver == null ? null : driver.end().remains());
            }
        }
        if (closedByApplication && unfinished != null && !config.isAbortive()) {
            throw unfinished;
        }
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new MultipathUnsafe();
    }

    private final class MultipathUnsafe extends AbstractUnsafe {

        void onWriteError(Throwable cause) {
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
            if (life.state() == ChannelLife.State.CONNECTING) {
                promise.tryFailure(new ConnectionPendingException());
                return;
            }
            if (life.state() != ChannelLife.State.OPEN) {
                promise.tryFailure(new AlreadyConnectedException());
                return;
            }
            life.become(ChannelLife.State.CONNECTING);
            dialled = new DialledSubflows(MultipathChannel.this, promise);
            dialled.dial(address, (MultipathAddress) local);
        }

        @Override
        public void close(ChannelPromise promise) {
            if (driver != null && !config.isAbortive()) {
                // What was flushed before the close is part of the stream, as with a socket that lingers.
                output.flushAll(driver);
            }
            super.close(promise);
        }

        @Override
        protected Executor prepareToClose() {
            if (!life.isActive() || driver == null) {
                return null;
            }
            driver.end().beginClose();
            if (config.isAbortive() && !driver.session().isOver()) {
                driver.session().abort(ResetFrame.LINGER_EXPIRED, "");
            }
            if (driver.end().isEndingNow()) {
                // Without a callback: what comes later does not find the channel registered.
                driver.drain(() -> {});
                return null;
            }
            return driver::drain;
        }
    }
}
