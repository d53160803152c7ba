package dev.multipath.quic;

import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.TransportStats;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.StringUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;

/**
 * A subflow over QUIC, as a channel that behaves like a socket: so everything that is done to subflows works as with TCP. It has
 * water marks, a FIN each way, an end in order and a reset; its addresses are those of the connection's packets; and when it
 * closes, the QUIC connection beneath it ends with it, and a client's UDP socket.
 */
final class QuicSubflowChannel extends AbstractChannel implements DuplexChannel {

    private enum State {
        OPEN,
        CONNECTING,
        ACTIVE,
        CLOSED
    }

    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    /** One system call's worth; a copy of it costs little beside its encryption. */
    private static final int MAX_WRITE_BYTES = 64 << 10;

    private final QuicSubflowConfig config;
    private final QuicDialer dialer;
    private final Input input = new Input();
    private volatile State state = State.OPEN;
    private volatile InetSocketAddress local;
    private volatile InetSocketAddress remote;
    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
    private QuicConnection connection;
    private ChannelPromise connectPromise;
    private Future<QuicConnection> dialling;
    private boolean readPending;
    private long resetCode = ResetFrame.GOING_AWAY;

    /** One that is to be connected. */
    QuicSubflowChannel(QuicDialer dialer) {
        super(null);
        config = QuicSubflowConfig.ofDialled(this);
        this.dialer = dialer;
    }

    /** One that has come to a listener; active from the first packet on, as a TCP connection is before its TLS handshake. */
    QuicSubflowChannel(Channel listener, QuicChannel accepted, ReadBatch batch) {
        super(listener);
        config = new QuicSubflowConfig(this);
        dialer = null;
        connection = new QuicConnection(accepted, batch, input, QuicConnection.Security.SECURED);
        local = (InetSocketAddress) accepted.localSocketAddress();
        remote = (InetSocketAddress) accepted.remoteSocketAddress();
        state = State.ACTIVE;
    }

    QuicConnection connection() {
        return connection;
    }

    /** Cuts it, and tells the peer why; the connection beneath one that is closed too. Any thread. */
    void reset(long code) {
        EventLoop loop = eventLoop();
        if (loop.inEventLoop()) {
            resetCode = code;
            config.setOption(ChannelOption.SO_LINGER, 0);
            close();
            if (connection != null) {
                connection.reset(code);
            }
        } else {
            loop.execute(() -> reset(code));
        }
    }

    TransportStats stats() {
        if (connection == null || state != State.ACTIVE) {
            return TransportStats.NONE;
        }
        ChannelOutboundBuffer waiting = unsafe().outboundBuffer();
        return connection.stats(waiting == null ? 0 : waiting.totalPendingWriteBytes());
    }

    // ---- what comes from below

    /** What the connection tells. */
    final class Input implements StreamOwner {

        @Override
        public void onStream() {
            if (readPending) {
                connection.read();
            }
            resumeWriting();
        }

        @Override
        public void onWritten() {
            resumeWriting();
        }

        @Override
        public void onData(ByteBuf data) {
            readPending = false;
            if (inputShutdown) {
                data.release();
            } else {
                pipeline().fireChannelRead(data);
            }
        }

        @Override
        public boolean wantsMore() {
            return config.isAutoRead();
        }

        @Override
        public void onReadComplete() {
            pipeline().fireChannelReadComplete();
        }

        @Override
        public void onInputEnded() {
            if (inputShutdown) {
                pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
                return;
            }
            inputShutdown = true;
            if (config.isAllowHalfClosure() && !outputShutdown) {
                pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            } else {
                closeNow();
            }
        }

        @Override
        public void onLost(Throwable cause) {
            if (state == State.ACTIVE) {
                pipeline().fireExceptionCaught(cause);
                closeNow();
            }
        }

        @Override
        public void onSecured(SslHandshakeCompletionEvent event) {
            pipeline().fireUserEventTriggered(event);
        }
    }

    private void closeNow() {
        unsafe().close(unsafe().voidPromise());
    }

    private void resumeWriting() {
        ((QuicUnsafe) unsafe()).resumeWriting();
    }

    // ---- what comes from above

    @Override
    protected void doBeginRead() {
        readPending = true;
        if (connection != null && !inputShutdown) {
            connection.read();
        }
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer waiting) throws Exception {
        while (!waiting.isEmpty() && connection != null && connection.isWritable()) {
            ByteBuf batch = gather(waiting, alloc());
            int bytes = batch.readableBytes();
            if (bytes > 0 && !connection.mayLeave(batch)) {
                batch.release();
                return;
            }
            if (bytes == 0) {
                batch.release();
            } else {
                connection.write(batch);
            }
            waiting.removeBytes(bytes);
        }
    }

    /** One buffer of what waits, as far as one write goes. */
    private static ByteBuf gather(ChannelOutboundBuffer waiting, ByteBufAllocator allocator) throws Exception {
        ByteBuf gathered = allocator.directBuffer((int) Math.min(MAX_WRITE_BYTES, waiting.totalPendingWriteBytes()));
        try {
            waiting.forEachFlushedMessage(message -> {
                ByteBuf each = (ByteBuf) message;
                int taken = Math.min(each.readableBytes(), MAX_WRITE_BYTES - gathered.readableBytes());
                gathered.writeBytes(each, each.readerIndex(), taken);
                return gathered.readableBytes() < MAX_WRITE_BYTES;
            });
            return gathered;
        } catch (Exception e) {
            gathered.release();
            throw e;
        }
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        if (message instanceof ByteBuf) {
            return message;
        }
        throw new UnsupportedOperationException("unsupported message type: " + StringUtil.simpleClassName(message));
    }

    @Override
    protected void doShutdownOutput() {
        outputShutdown = true;
        if (connection != null) {
            connection.endOutput();
        }
    }

    @Override
    protected void doClose() {
        State before = state;
        state = State.CLOSED;
        inputShutdown = true;
        outputShutdown = true;
        if (before == State.CONNECTING) {
            ChannelPromise connecting = connectPromise;
            connectPromise = null;
            connecting.tryFailure(new ClosedChannelException());
            dialling.cancel(false);
        }
        if (connection != null) {
            if (config.isResetOnClose()) {
                connection.reset(resetCode);
            } else {
                connection.end();
            }
        }
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doBind(SocketAddress localAddress) {
        throw new UnsupportedOperationException("connect(remote, local) binds");
    }

    private final class QuicUnsafe extends AbstractUnsafe {

        @Override
        public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            if (!promise.setUncancellable() || !ensureOpen(promise)) {
                return;
            }
            if (state != State.OPEN) {
                promise.setFailure(new ConnectionPendingException());
                return;
            }
            state = State.CONNECTING;
            connectPromise = promise;
            remote = (InetSocketAddress) remoteAddress;
            dialling = dialer.dial(eventLoop(), config, input, remote, (InetSocketAddress) localAddress);
            dialling.addListener(done -> {
                if (dialling.isSuccess()) {
                    onConnected(dialling.getNow());
                } else if (connectPromise != null) {
                    ChannelPromise connecting = connectPromise;
                    connectPromise = null;
                    state = State.OPEN;
                    connecting.tryFailure(annotateConnectException(dialling.cause(), remoteAddress));
                    closeIfClosed();
                }
            });
        }

        private void onConnected(QuicConnection connected) {
            if (state != State.CONNECTING) {
                connected.reset(ResetFrame.GOING_AWAY);
                return;
            }
            connection = connected;
            local = connected.localAddress();
            state = State.ACTIVE;
            ChannelPromise connecting = connectPromise;
            connectPromise = null;
            if (connecting.trySuccess()) {
                pipeline().fireChannelActive();
            } else {
                closeNow();
            }
        }

        void resumeWriting() {
            super.flush0();
        }
    }

    // ---- the form of a channel

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new QuicUnsafe();
    }

    @Override
    public QuicSubflowConfig config() {
        return config;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
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
    protected boolean isCompatible(EventLoop loop) {
        // An accepted one has its packets on its listener's.
        return parent() == null || parent().eventLoop() == loop;
    }

    @Override
    protected SocketAddress localAddress0() {
        return local;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return remote;
    }

    @Override
    public boolean isInputShutdown() {
        return inputShutdown;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShutdown;
    }

    @Override
    public boolean isShutdown() {
        return inputShutdown && outputShutdown;
    }

    @Override
    public ChannelFuture shutdownInput() {
        return shutdownInput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        return onLoop(promise, () -> {
            inputShutdown = true;
            promise.trySuccess();
        });
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        return onLoop(promise, () -> ((AbstractUnsafe) unsafe()).shutdownOutput(promise));
    }

    @Override
    public ChannelFuture shutdown() {
        return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        return onLoop(promise, () -> {
            inputShutdown = true;
            ((AbstractUnsafe) unsafe()).shutdownOutput(promise);
        });
    }

    private ChannelFuture onLoop(ChannelPromise promise, Runnable task) {
        if (eventLoop().inEventLoop()) {
            task.run();
        } else {
            eventLoop().execute(task);
        }
        return promise;
    }
}
