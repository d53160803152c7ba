package dev.multipath.quic;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A session over one QUIC subflow beside a lone QUIC stream, on loopback, one event loop each end: MB/s. Both have the options
 * of {@link QuicOptions#DEFAULT}. {@code docs/PERFORMANCE.md} has a run.
 */
public final class QuicThroughput {

    private static final String NAME = "server.test";
    private static final int WRITE_BYTES = 64 << 10;
    private static final long WARM_UP_MILLIS = 3000;
    private static final long MEASURED_MILLIS = 6000;
    private static final int ROUNDS = 3;
    private static final ByteBuf DATA =
            Unpooled.unreleasableBuffer(Unpooled.directBuffer(WRITE_BYTES).writeZero(WRITE_BYTES));

    private final AtomicLong received = new AtomicLong();
    private final EventLoopGroup server = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final EventLoopGroup client = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final TlsConfig serverTls;
    private final TlsConfig clientTls;

    private QuicThroughput() throws Exception {
        X509Bundle certificate = new CertificateBuilder()
                .subject("CN=" + NAME)
                .addSanDnsName(NAME)
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
        serverTls = TlsConfig.server(QuicTransport.prepare(QuicSslContextBuilder.forServer(
                        certificate.getKeyPair().getPrivate(), null, certificate.getCertificatePath()))
                .build());
        clientTls = TlsConfig.client(QuicTransport.prepare(QuicSslContextBuilder.forClient())
                        .trustManager(certificate.getCertificate())
                        .build())
                .withServerName(NAME);
    }

    /** Writes as long as there is room. */
    private static final class Source extends ChannelInboundHandlerAdapter {

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            write(ctx);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            // Not within the write that it comes from.
            ctx.executor().execute(() -> write(ctx));
        }

        private static void write(ChannelHandlerContext ctx) {
            while (ctx.channel().isActive() && ctx.channel().isWritable()) {
                ctx.writeAndFlush(DATA.duplicate(), ctx.voidPromise());
            }
        }
    }

    private final class Sink extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf data = (ByteBuf) msg;
            received.addAndGet(data.readableBytes());
            data.release();
        }
    }

    private ChannelInitializer<Channel> sinks() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new Sink());
            }
        };
    }

    private static InetSocketAddress any() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** As somebody would write it with Netty alone. */
    private double stream() throws Exception {
        EventLoop loop = server.next();
        QuicOptions options = QuicOptions.DEFAULT;
        DatagramFamily family = DatagramFamily.of(loop);
        DatagramChannel listener = family.newSocket(any(), options);
        new Bootstrap()
                .group(loop)
                .channelFactory(() -> listener)
                .handler(options.applyTo(new QuicServerCodecBuilder())
                        .initialMaxStreamsBidirectional(1)
                        .sslContext(QuicTls.serverContext(serverTls))
                        .tokenHandler(new RetryTokens(System::nanoTime, () -> true))
                        .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, family.segments(options))
                        .handler(new ChannelInboundHandlerAdapter())
                        .streamHandler(sinks())
                        .build())
                .bind(any())
                .sync();
        SocketAddress remote = listener.localAddress();
        DatagramChannel socket = family.newSocket(any(), options);
        new Bootstrap()
                .group(client)
                .channelFactory(() -> socket)
                .handler(options.applyTo(new QuicClientCodecBuilder())
                        .sslEngineProvider(QuicTls.engines(clientTls, remote))
                        .build())
                .bind(any())
                .sync();
        QuicChannel connection = QuicChannel.newBootstrap(socket)
                .handler(new ChannelInboundHandlerAdapter())
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, family.segments(options))
                .remoteAddress(remote)
                .connect()
                .get();
        connection.createStream(QuicStreamType.BIDIRECTIONAL, new Source()).get();
        double megabytesPerSecond = measure();
        connection.close().sync();
        socket.close().sync();
        listener.close().sync();
        return megabytesPerSecond;
    }

    /** A QUIC subflow without a session on it. */
    private double subflow() throws Exception {
        EventLoop loop = server.next();
        SubflowSetup accepts =
                new SubflowSetup(Map.of(), accepted -> accepted.pipeline().addLast(new Sink()));
        Channel listener = loop.submit(() -> QuicTransport.of(serverTls).listen(loop, any(), accepts))
                .get()
                .get();
        EventLoop dialling = client.next();
        SubflowSetup dials =
                new SubflowSetup(Map.of(), dialled -> dialled.pipeline().addLast(new Source()));
        Channel dialled = dialling.submit(
                        () -> QuicTransport.of(clientTls).dial(dialling, listener.localAddress(), null, dials))
                .get()
                .get();
        double megabytesPerSecond = measure();
        dialled.close().sync();
        listener.close().sync();
        return megabytesPerSecond;
    }

    private double session() throws Exception {
        Channel listener = new ServerBootstrap()
                .group(server)
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, QuicTransport.of(serverTls))
                .childHandler(sinks())
                .bind(MultipathAddress.of(any()))
                .sync()
                .channel();
        Channel session = new Bootstrap()
                .group(client)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, QuicTransport.of(clientTls))
                .handler(new Source())
                .connect(listener.localAddress())
                .sync()
                .channel();
        double megabytesPerSecond = measure();
        session.close().sync();
        listener.close().sync();
        return megabytesPerSecond;
    }

    private double measure() throws InterruptedException {
        Thread.sleep(WARM_UP_MILLIS);
        long before = received.get();
        long atNanos = System.nanoTime();
        Thread.sleep(MEASURED_MILLIS);
        return (received.get() - before) * 1e3 / (System.nanoTime() - atNanos);
    }

    /** Prints a line a round. */
    public static void main(String[] args) throws Exception {
        QuicThroughput throughput = new QuicThroughput();
        Map<String, Callable<Double>> what = new LinkedHashMap<>();
        what.put("stream", throughput::stream);
        what.put("subflow", throughput::subflow);
        what.put("session", throughput::session);
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Callable<Double>> each : what.entrySet()) {
                System.out.printf(
                        "%s %.0f MB/s%n", each.getKey(), each.getValue().call());
            }
        }
        throughput.server.shutdownGracefully();
        throughput.client.shutdownGracefully();
    }
}
