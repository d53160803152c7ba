package dev.multipath.quic;

import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
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
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.net.InetSocketAddress;

/**
 * Makes a client's connections, each on a UDP socket of its own: bound to the path's local address, and connected, so that the
 * kernel picks a source address, keeps other people's packets away, and tells that nobody listens there.
 */
final class QuicDialer {

    private final TlsConfig tls;
    private final QuicOptions options;

    QuicDialer(TlsConfig tls, QuicOptions options) {
        this.tls = tls;
        this.options = options;
    }

    /**
     * Begins a connection with its stream, on the subflow's event loop.
     *
     * @return done when both are there; cancelling it gives them up
     */
    Future<QuicConnection> dial(QuicSubflowChannel subflow, InetSocketAddress remote, InetSocketAddress local) {
        EventLoop loop = subflow.eventLoop();
        DatagramFamily family = DatagramFamily.of(loop);
        Promise<QuicConnection> connected = loop.newPromise();
        ReadBatch batch = new ReadBatch();
        DatagramChannel socket = family.newSocket(remote, options);
        Bootstrap bootstrap =
                new Bootstrap().group(loop).channelFactory(() -> socket).handler(new RefusalHandler(connected));
        subflow.config().ofUdpSocket().forEach((option, value) -> setOption(bootstrap, option, value));
        ChannelFuture connecting = bootstrap.connect(remote, local);
        connected.addListener(done -> {
            if (!connected.isSuccess()) {
                // Behind the packet that tells the server why, which the next task sends.
                loop.execute(() -> loop.execute(socket::close));
            }
        });
        connecting.addListener(done -> {
            if (!connecting.isSuccess()) {
                connected.tryFailure(connecting.cause());
            } else if (!connected.isDone()) {
                try {
                    socket.pipeline()
                            .addFirst(
                                    batch,
                                    QuicTransport.configure(new QuicClientCodecBuilder(), options)
                                            .sslEngineProvider(QuicTls.engines(tls, remote))
                                            .sslTaskExecutor(tls.taskExecutor())
                                            .build());
                    connect(socket, subflow, batch, family, connected);
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

    private void connect(
            DatagramChannel socket,
            QuicSubflowChannel subflow,
            ReadBatch batch,
            DatagramFamily family,
            Promise<QuicConnection> connected) {
        FailureHandler failure = new FailureHandler();
        connected.addListener(failure);
        Future<QuicChannel> connecting = QuicChannel.newBootstrap(socket)
                .handler(failure)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, subflow.config().getConnectTimeoutMillis())
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, family.segments(options))
                .connect();
        connecting.addListener(done -> {
            if (!connecting.isSuccess()) {
                connected.tryFailure(QuicTls.connectFailure(connecting.cause()));
                return;
            }
            QuicChannel channel = connecting.getNow();
            channel.closeFuture().addListener(closed -> {
                connected.cancel(false);
                socket.close();
            });
            QuicConnection connection = new QuicConnection(channel, batch, subflow.input());
            channel.pipeline().addLast(connection);
            openStream(channel, connection, subflow, connected);
        });
    }

    private static void openStream(
            QuicChannel channel,
            QuicConnection connection,
            QuicSubflowChannel subflow,
            Promise<QuicConnection> connected) {
        Future<QuicStreamChannel> opening =
                channel.createStream(QuicStreamType.BIDIRECTIONAL, new ChannelInboundHandlerAdapter());
        opening.addListener(done -> {
            if (!opening.isSuccess()) {
                connected.tryFailure(opening.cause());
                return;
            }
            connection.attach(opening.getNow(), subflow.config().getRecvByteBufAllocator());
            if (connected.trySuccess(connection)) {
                connection.begin();
            }
        });
    }

    /** Closes a connection that could not be made: Netty leaves it as it is, and the server would wait for it. */
    private static final class FailureHandler extends ChannelInboundHandlerAdapter
            implements FutureListener<QuicConnection> {

        private Channel channel;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            channel = ctx.channel();
        }

        @Override
        public void operationComplete(Future<QuicConnection> connected) {
            if (!connected.isSuccess() && channel != null) {
                // Not while quiche is at work on it.
                channel.eventLoop().execute(channel::close);
            }
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
