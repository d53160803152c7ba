package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.PathStateChange;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionEvent;
import dev.multipath.session.SessionPolicies;
import dev.multipath.session.SessionRole;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.security.SecureRandom;
import java.util.concurrent.Executor;

/**
 * A multipath channel as Netty and its session have it: registers, begins the session, moves bytes, and ends. What an application
 * may ask of it is in {@link MultipathChannel}. On the channel's event loop, if nothing else is said.
 */
abstract class AbstractSessionChannel extends SessionChannel {

    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    /** For keys and nonces. Thread-safe. */
    private static final SecureRandom RANDOM = new SecureRandom();

    private final MultipathChannelConfig config =
            new MultipathChannelConfig(this, () -> input().stop(), this::onLiveOption);
    private final ShutdownHook shutdownHook = new ShutdownHook(this::closeNow);

    private final ChannelLife life;
    private volatile Profile profile = Profile.UNDECIDED;
    private final ChannelPaths paths = new ChannelPaths(
            () -> config.get(MultipathChannelOption.STATS_TRACKER), () -> LiveSession.recording(this.live));

    private final ChannelInput input = new ChannelInput(this);
    private final ChannelOutput output = new ChannelOutput(this);

    // null until the session begins
    private SessionDriver driver;
    private SessionEvents events;
    private volatile LiveSession live;
    private AddressAnnouncer announcer;

    /** A client's; null until it connects. */
    private DialledSubflows dialled;

    AbstractSessionChannel(Channel parent, ChannelLife.State first) {
        super(parent);
        life = new ChannelLife(first);
    }

    /** The subflows that are handed to an accepted session; null on a client's channel. */
    abstract AcceptedSession accepted();

    @Override
    SessionSide side() {
        return accepted() != null ? accepted() : dialled;
    }

    // ---- what Netty asks; any thread

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
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

    @Override
    protected SocketAddress localAddress0() {
        return paths.localAddress();
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return paths.remoteAddress();
    }

    @Override
    ChannelPaths paths() {
        return paths;
    }

    @Override
    Profile decidedProfile() {
        return profile;
    }

    // ---- registration

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        boolean first = accepted() != null && driver == null;
        if (first) {
            // Before the pipeline is told, which may write at once.
            try {
                startSession(SessionRole.SERVER, accepted().connectionId());
            } catch (RuntimeException | Error e) {
                promise.setFailure(e);
                return;
            }
        }
        shutdownHook.register(eventLoop());
        promise.setSuccess();
        if (first) {
            accepted().onRegistered();
        }
    }

    @Override
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

    @Override
    void startSession(SessionRole role, ConnectionId sessionId) {
        OptionValues options = side().options();
        MultipathSession session = new MultipathSession(
                config.sessionConfig(options),
                role,
                sessionId,
                new SessionPolicies(config.scheduler(options).get(), config.congestionControl()),
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

    @Override
    SubflowLink addSubflow(Path path, SubflowConnection connection, long handshakeRttNanos, JoinOffer offer) {
        config.setSubflowOptions(connection.channel());
        SubflowLink link = driver.addLink(connection, path, paths.metricsOfJoining(path), handshakeRttNanos, offer);
        events.onLink(link);
        return link;
    }

    /** An option that counts at once. */
    abstract void onLiveOption(ChannelOption<?> option, Object value);

    SessionDriver driver() {
        return driver;
    }

    @Override
    void setActive(SubflowLink first) {
        paths.update(first, PathStateChange.Reason.JOINED, null, driver.links().all());
        profile = driver.session().profile();
        life.become(ChannelLife.State.ACTIVE);
    }

    @Override
    LiveSession live() {
        return live;
    }

    AddressAnnouncer announcer() {
        return announcer;
    }

    @Override
    void tell(SessionEvent event) {
        events.tell(event);
    }

    @Override
    void onUnused(Path path) {
        events.onUnused(path);
    }

    /** A client's; {@code null} on an accepted session's channel, and before it connects. */
    DialledSubflows dialled() {
        return dialled;
    }

    @Override
    void onSessionChanged() {
        Profile now = driver.session().profile();
        if (profile != now) {
            profile = now; // Once or twice: each write is work for the collector.
        }
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

    @Override
    ChannelInput input() {
        return input;
    }

    // ---- writing

    @Override
    protected Object filterOutboundMessage(Object msg) {
        return ChannelOutput.requireWritable(msg, driver != null);
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws IOException {
        output.write(in, driver);
        driver.onOutput();
    }

    @Override
    void writeMore() {
        output.writeMore(driver);
    }

    @Override
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

    @Override
    void evict(Shortage why) {
        side().evict(why);
    }

    @Override
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

    @Override
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
        throw new UnsupportedOperationException("connect() takes local addresses, or Path.withLocal()");
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
            } else if (local != null && !(local instanceof MultipathAddress)) {
                promise.tryFailure(
                        new UnsupportedOperationException("connect() takes local addresses, or Path.withLocal()"));
            } else if (life.state() == ChannelLife.State.CONNECTING) {
                promise.tryFailure(new ConnectionPendingException());
            } else if (life.state() != ChannelLife.State.OPEN) {
                promise.tryFailure(new AlreadyConnectedException());
            } else {
                life.become(ChannelLife.State.CONNECTING);
                dialled = new DialledSubflows(AbstractSessionChannel.this, promise);
                dialled.dial(address, (MultipathAddress) local);
            }
        }

        @Override
        protected void flush0() {
            if (!life.isBeforeSession() || !config.get(MultipathChannelOption.EARLY_DATA)) {
                super.flush0();
            }
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
