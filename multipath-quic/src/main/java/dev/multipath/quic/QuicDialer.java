package dev.multipath.quic;

import dev.multipath.codec.ResetFrame;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.codec.quic.SslEarlyDataReadyEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Makes a client's connections, each on a UDP socket of its own: bound to the path's local address, and connected, so that the
 * kernel picks a source address, keeps other people's packets away, and tells that nobody listens there.
 */
final class QuicDialer {

    /** When a connection is taken for one. */
    enum Readiness {
        /** When the server has answered, and proved who it is. */
        CONFIRMED,

        /**
         * As soon as something may be sent: at once, where TLS remembers the server and both ends' contexts allow early data (RFC
         * 9001 section 4.6). Nobody has answered then.
         */
        EARLY
    }

    /** How long who has given up waits to be able to say so: some round trips, and of what is silent not too many sockets. */
    private static final int FAREWELL_SECONDS = 2;

    private final TlsConfig tls;
    private final QuicOptions options;
    private final Readiness readiness;

    QuicDialer(TlsConfig tls, QuicOptions options, Readiness readiness) {
        this.tls = tls;
        this.options = options;
        this.readiness = readiness;
    }

    /**
     * Begins a connection with its stream.
     *
     * @param loop the subflow's
     * @param config the subflow's
     * @param owner gets what comes
     * @return done when both are there; cancelling it gives them up
     */
    Future<QuicConnection> dial(
            EventLoop loop,
            QuicSubflowConfig config,
            StreamOwner owner,
            InetSocketAddress remote,
            InetSocketAddress local) {
        DatagramFamily family = DatagramFamily.of(loop);
        Promise<QuicConnection> connected = loop.newPromise();
        ReadBatch batch = new ReadBatch();
        DatagramChannel socket = family.newSocket(remote, options);
        Opening opening = new Opening(socket, config, owner, batch, connected);
        Bootstrap bootstrap =
                new Bootstrap().group(loop).channelFactory(() -> socket).handler(new RefusalHandler(connected));
        config.ofUdpSocket().forEach((option, value) -> setOption(bootstrap, option, value));
        ChannelFuture connecting = bootstrap.connect(remote, local);
        Failure failure = new Failure(socket);
        connected.addListener(failure);
        connecting.addListener(done -> {
            if (!connecting.isSuccess()) {
                connected.tryFailure(connecting.cause());
            } else if (!connected.isDone()) {
                try {
                    socket.pipeline()
                            .addFirst(
                                    batch,
                                    options.applyTo(new QuicClientCodecBuilder())
                                            .sslEngineProvider(QuicTls.engines(tls, remote))
                                            .sslTaskExecutor(tls.taskExecutor())
                                            .build());
                    connect(opening, family, failure);
                } catch (RuntimeException e) {
                    connected.tryFailure(e);
                }
            }
        });
        return connected;
    }

    @SuppressWarnings("unchecked")
    private static void setOption(Bootstrap bootstrap, ChannelOption<?> option, Object value) {
        bootstrap.option((ChannelOption<Object>) option, value);
    }

    private void connect(Opening opening, DatagramFamily family, Failure failure) {
        Consumer<QuicChannel> onEarlyData = readiness == Readiness.EARLY ? opening::beginEarly : channel -> {};
        Future<QuicChannel> connecting = QuicChannel.newBootstrap(opening.socket)
                .handler(new HandshakeHandler(failure, onEarlyData))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, opening.config.getConnectTimeoutMillis())
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, family.segments(options))
                .connect();
        connecting.addListener(done -> {
            if (connecting.isSuccess()) {
                opening.begin(connecting.getNow());
            } else {
                opening.onFailed(QuicTls.connectFailure(connecting.cause()));
            }
        });
    }

    /** The connection's one stream, opened when the handshake is done, or before. */
    private record Opening(
            DatagramChannel socket,
            QuicSubflowConfig config,
            StreamOwner owner,
            ReadBatch batch,
            Promise<QuicConnection> connected) {

        void beginEarly(QuicChannel channel) {
            begin(channel, QuicConnection.Security.PENDING);
        }

        /** The handshake is done. */
        void begin(QuicChannel channel) {
            if (!connected.isSuccess()) {
                begin(channel, QuicConnection.Security.SECURED);
            }
        }

        private void begin(QuicChannel channel, QuicConnection.Security security) {
            channel.closeFuture().addListener(closed -> {
                connected.cancel(false);
                socket.close();
            });
            QuicConnection connection = new QuicConnection(channel, batch, owner, security);
            channel.pipeline().addLast(connection);
            Future<QuicStreamChannel> opened =
                    channel.createStream(QuicStreamType.BIDIRECTIONAL, new ChannelInboundHandlerAdapter());
            opened.addListener(done -> {
                if (!opened.isSuccess()) {
                    connected.tryFailure(opened.cause());
                    return;
                }
                connection.attach(opened.getNow(), config.getRecvByteBufAllocator());
                if (connected.trySuccess(connection)) {
                    connection.begin();
                }
            });
        }

        void onFailed(Throwable cause) {
            if (connected.isSuccess()) {
                connected.getNow().onHandshakeFailed(cause);
            } else {
                connected.tryFailure(cause);
            }
        }
    }

    /**
     * What is done when there is to be no connection: its channel, which Netty leaves as it is, and the socket are closed, and the
     * server is told, which would wait for it.
     *
     * <p>A client that is not through its handshake has no packet for that which the server is sure to read: behind a Retry quiche
     * sends none (it has got nothing yet), and behind the client's last message of TLS one that the server has no key for any
     * more. So the handshake of an attempt that was given up goes on, and its end is said when it is done.
     */
    private static final class Failure implements FutureListener<QuicConnection> {

        private final DatagramChannel socket;

        /** Null until somebody was asked. */
        private QuicChannel channel;

        private boolean givenUp;

        Failure(DatagramChannel socket) {
            this.socket = socket;
        }

        void attach(QuicChannel asking) {
            channel = asking;
        }

        @Override
        public void operationComplete(Future<QuicConnection> connected) {
            if (connected.isSuccess()) {
                return;
            }
            if (channel == null) {
                socket.close();
                return;
            }
            channel.closeFuture().addListener(closed -> socket.close());
            if (connected.isCancelled() && channel.isOpen()) {
                givenUp = true;
                channel.eventLoop().schedule((Runnable) channel::close, FAREWELL_SECONDS, TimeUnit.SECONDS);
            } else {
                // Not while quiche is at work on it.
                channel.eventLoop().execute(channel::close);
            }
        }

        void onHandshakeDone() {
            if (givenUp) {
                Farewell.close(channel, ResetFrame.GOING_AWAY);
            }
        }
    }

    /** Tells of early data, and of the end of the handshake. */
    private static final class HandshakeHandler extends ChannelInboundHandlerAdapter {

        private final Failure failure;
        private final Consumer<QuicChannel> onEarlyData;

        HandshakeHandler(Failure failure, Consumer<QuicChannel> onEarlyData) {
            this.failure = failure;
            this.onEarlyData = onEarlyData;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            failure.attach((QuicChannel) ctx.channel());
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslEarlyDataReadyEvent) {
                onEarlyData.accept((QuicChannel) ctx.channel());
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            failure.onHandshakeDone();
            ctx.fireChannelActive();
        }
    }

    /** Until there is a connection, the kernel's word that nobody is there counts; later, anybody might forge it. */
    private static final class RefusalHandler extends ChannelInboundHandlerAdapter {

        private final Promise<QuicConnection> connected;

        RefusalHandler(Promise<QuicConnection> connected) {
            this.connected = connected;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ConnectException refused =
                    new ConnectException("QUIC refused: " + ctx.channel().remoteAddress());
            refused.initCause(cause);
            connected.tryFailure(refused);
        }
    }
}
