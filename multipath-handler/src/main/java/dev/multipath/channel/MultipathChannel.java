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
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.security.SecureRandom;
import java.util.concurrent.Executor;

/**
 * One reliable, ordered byte stream over several paths, as a Netty channel. Used with a plain {@code Bootstrap}: {@code
 * .channel(MultipathChannel.class)} and {@code .connect(MultipathAddress.of(...))}; a {@link MultipathServerChannel}
 * makes those of accepted sessions. Registers with any event loop.
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

    /** A client's; null until it connects. */
    private DialledSubflows dialled;

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
            boolean wasActive = isActive();
            closeNow();
            if (wasActive) {
                // The event that Netty fires itself comes when the handlers are gone.
                pipeline().fireChannelInactive();
            }
        }
    }

    void startSession(SessionRole role, ConnectionId sessionId) {
        MultipathSession session = new MultipathSession(
                config.sessionConfig(accepted == null ? config : parent().multipathConfig()),
                role,
                sessionId,
                config.get(MultipathChannelOption.SCHEDULER).get(),
                alloc(),
                RANDOM);
        driver = new SessionDriver(this, eventLoop(), session);
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

    /** A client's first subflow is established, on this path. */
    void setActive(Path firstPath) {
        profile = driver.session().profile();
        state = State.ACTIVE;
        paths.expect(firstPath);
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
        inEventLoop(() -> {
            if (driver != null && isOpen()) {
                driver.session().abort(reset.code(), reset.reason());
                // For who waits in close() already.
                driver.pumpLater();
            }
            unsafe().close(unsafe().voidPromise());
        });
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
            parent().sessions().remove(this);
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
            if (!(remote instanceof MultipathAddress address)
                    || !(local == null || local instanceof MultipathAddress)) {
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
