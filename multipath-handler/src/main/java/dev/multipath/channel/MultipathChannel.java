package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathMetrics;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionRole;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.netty.util.internal.StringUtil;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.UnsupportedAddressTypeException;
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

    private final MultipathChannelConfig config =
            new MultipathChannelConfig(this, this::onAutoReadCleared, this::onSubflowOption);
    private final Runnable shutdownHook = this::closeNow;

    private volatile State state;
    private final ChannelPaths paths = new ChannelPaths();

    private SessionDriver driver;
    private boolean readPending;

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

    void startSession(SessionRole role) {
        MultipathSession session = new MultipathSession(
                config.sessionConfig(),
                role,
                connectionId,
                config.get(MultipathChannelOption.SCHEDULER).get(),
                alloc(),
                ThreadLocalRandom.current());
        driver = new SessionDriver(this, eventLoop(), session);
    }

    // ---- subflows

    /** A subflow joins, on the event loop; the caller adds its handler and calls {@link SessionDriver#pump()}. */
    SubflowLink addSubflow(Path path, Channel channel, long handshakeRttNanos) {
        if (accepted != null) {
            // A dialled channel has them from the beginning.
            config.subflowOptions()
                    .forEach((option, value) -> MultipathChannelConfig.setSubflowOption(channel, option, value));
        }
        PathMetrics pathMetrics = metrics(path);
        pathMetrics.onDialSucceeded();
        SubflowLink link = driver.addLink(channel, path, pathMetrics, handshakeRttNanos);
        paths.update(link, driver.links());
        return link;
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

    /** A client's first subflow is established. */
    void setActive() {
        state = State.ACTIVE;
    }

    void onSubflowEvent(SubflowLink link, SubflowEvent.Kind kind, Throwable cause) {
        Path path = link.path();
        paths.update(link, driver.links());
        if (dialled != null) {
            dialled.onEvent(link, kind);
        } else if (kind == SubflowEvent.Kind.REMOVED) {
            accepted.onRemoved();
            paths.forgetIfMany(path);
        }
        pipeline().fireUserEventTriggered(new SubflowEvent(kind, path, cause));
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
        long unacknowledgedBytes = driver == null ? 0 : driver.release();
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
            dialled = new DialledSubflows(MultipathChannel.this, promise);
            dialled.dial(address);
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
