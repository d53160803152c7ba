package dev.multipath.quic;

import dev.multipath.codec.ResetFrame;
import dev.multipath.transport.TlsConfig;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.PlatformDependent;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;

/**
 * Listens for subflows over QUIC, all on one UDP socket. What has come to it outlives it, as with TCP: the socket closes with the
 * last connection on it.
 */
final class QuicServerChannel extends AbstractChannel implements ServerChannel {

    private enum State {
        OPEN,
        BOUND,
        /** Takes nobody any more. */
        CLOSED
    }

    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    /** Who has sent early data has a session, if only as long as the handshake takes: as long as any TLS handshake may. */
    private static final int HANDSHAKE_LIMIT_SECONDS = 10;

    private final ChannelConfig config = new QuicSubflowConfig(this);
    private final TlsConfig tls;
    private final QuicOptions options;
    private volatile State state = State.OPEN;
    private volatile SocketAddress local;
    private DatagramChannel socket;
    private int connections;

    /**
     * Not bound yet.
     *
     * @param beside a listener that closes with it, the parent of what it accepts; null if there is none
     */
    QuicServerChannel(Channel beside, TlsConfig tls, QuicOptions options) {
        super(beside);
        this.tls = tls;
        this.options = options;
    }

    @Override
    protected void doBind(SocketAddress localAddress) throws Exception {
        DatagramFamily family = DatagramFamily.of(eventLoop());
        ReadBatch batch = new ReadBatch();
        UndeliveredWatch watch = new UndeliveredWatch();
        socket = family.newSocket((InetSocketAddress) localAddress, options);
        // All of it at once, as this is the socket's event loop.
        done(eventLoop().register(socket));
        try {
            done(socket.bind(localAddress));
            socket.pipeline()
                    .addLast(
                            watch,
                            batch,
                            new ShortInitials(),
                            new EarlyPackets(),
                            options.applyTo(new QuicServerCodecBuilder())
                                    .initialMaxStreamsBidirectional(1)
                                    .sslContext(QuicTls.serverContext(tls))
                                    .sslTaskExecutor(tls.taskExecutor())
                                    .tokenHandler(new RetryTokens(System::nanoTime, this::isAccepting))
                                    .option(
                                            QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR,
                                            family.segments(options))
                                    .handler(new ConnectionInitializer(batch, watch))
                                    .build());
        } catch (Exception e) {
            socket.close();
            throw e;
        }
        local = localAddress instanceof QuicAddress ? QuicAddress.of(socket.localAddress()) : socket.localAddress();
        state = State.BOUND;
    }

    private static void done(ChannelFuture future) {
        if (!future.isDone()) {
            throw new IllegalStateException("not done on the channel's event loop");
        }
        if (!future.isSuccess()) {
            PlatformDependent.throwException(future.cause());
        }
    }

    private boolean isAccepting() {
        return state == State.BOUND && config.isAutoRead() && connections < options.maxConnections();
    }

    /** Puts a subflow on each connection, before its handshake: it has its place among the server's handshakes from then on. */
    private final class ConnectionInitializer extends ChannelInitializer<QuicChannel> {

        private final ReadBatch batch;
        private final UndeliveredWatch watch;

        ConnectionInitializer(ReadBatch batch, UndeliveredWatch watch) {
            this.batch = batch;
            this.watch = watch;
        }

        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        protected void initChannel(QuicChannel accepted) {
            QuicSubflowChannel subflow = new QuicSubflowChannel(QuicServerChannel.this, accepted, batch);
            Undelivered undelivered = new Undelivered(accepted, subflow, watch);
            connections++;
            watch.add(undelivered);
            accepted.closeFuture().addListener(closed -> {
                connections--;
                watch.remove(undelivered);
                closeSocketIfUnused();
            });
            accepted.pipeline().addLast(subflow.connection(), new StreamAcceptor(subflow, undelivered));
            // Netty begins to read when the handshake is done; early data come before.
            accepted.read();
            pipeline().fireChannelRead(subflow);
            pipeline().fireChannelReadComplete();
        }
    }

    /** Takes the one stream that the client opens; if that is early data, the handshake has to be finished in time. */
    private static final class StreamAcceptor extends ChannelInboundHandlerAdapter {

        private final QuicSubflowChannel subflow;
        private final Undelivered undelivered;
        private Future<?> limit;

        StreamAcceptor(QuicSubflowChannel subflow, Undelivered undelivered) {
            this.subflow = subflow;
            this.undelivered = undelivered;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            limit = ctx.executor()
                    .schedule(
                            () -> subflow.connection()
                                    .onHandshakeFailed(new SSLHandshakeException("it takes too long")),
                            HANDSHAKE_LIMIT_SECONDS,
                            TimeUnit.SECONDS);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent) {
                undelivered.onSecured();
                limit.cancel(false);
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            limit.cancel(false);
            ctx.fireChannelInactive();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            limit.cancel(false);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (subflow.connection().hasStream()) {
                ctx.fireChannelRead(msg);
                subflow.connection().reset(ResetFrame.PROTOCOL_VIOLATION);
                return;
            }
            ((QuicStreamChannel) msg).pipeline().addFirst(undelivered);
            subflow.connection()
                    .attach((QuicStreamChannel) msg, subflow.config().getRecvByteBufAllocator());
            // Netty's pipeline registers it, and would read it, were that not turned off before.
            ctx.fireChannelRead(msg);
            subflow.connection().begin();
        }
    }

    private void closeSocketIfUnused() {
        if (state == State.CLOSED && connections == 0 && socket != null) {
            socket.close();
        }
    }

    @Override
    protected void doClose() {
        state = State.CLOSED;
        closeSocketIfUnused();
    }

    @Override
    protected void doBeginRead() {
        // Whether it may accept is asked for each connection.
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new AbstractUnsafe() {
            @Override
            public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
                promise.setFailure(new UnsupportedOperationException("a listener does not connect"));
            }
        };
    }

    /** Nothing gets as far as {@link #doWrite}. */
    @Override
    protected Object filterOutboundMessage(Object message) {
        throw new UnsupportedOperationException("a listener sends nothing");
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer waiting) {
        // There is nothing.
    }

    /** As other channels that have nobody to be disconnected from. */
    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    public ChannelConfig config() {
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
        return state == State.BOUND;
    }

    @Override
    protected SocketAddress localAddress0() {
        return local;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return null;
    }
}
