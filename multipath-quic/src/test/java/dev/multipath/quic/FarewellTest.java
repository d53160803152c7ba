package dev.multipath.quic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.quic.InsecureQuicTokenHandler;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** With Netty's own QUIC channels at both ends: it is their close that must come to an end. */
class FarewellTest {

    /** Longer than the handshake's packets may be without an answer, on loopback. */
    private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

    private static final String ALPN = "test";
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private EventLoopGroup group;

    private enum Loops {
        NIO,
        /** With several packets a system call, which Netty makes in a loop of its own. */
        EPOLL;

        EventLoopGroup newGroup() {
            assumeTrue(this == NIO || Epoll.isAvailable(), "no epoll");
            return new MultiThreadIoEventLoopGroup(
                    2, this == NIO ? NioIoHandler.newFactory() : EpollIoHandler.newFactory());
        }
    }

    private final ChannelGroup sockets = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private X509Bundle certificate;

    @BeforeEach
    void setUp() throws Exception {
        assumeTrue(Quic.isAvailable(), () -> "no QUIC: " + Quic.unavailabilityCause());
        certificate = new CertificateBuilder()
                .subject("CN=localhost")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
    }

    @AfterEach
    void tearDown() {
        if (group == null) {
            return;
        }
        sockets.close().awaitUninterruptibly(10, TimeUnit.SECONDS);
        group.shutdownGracefully(100, 5000, TimeUnit.MILLISECONDS);
    }

    /** What a server can do on purpose: it never confirms the handshake, so that there is always a probe due before long. */
    @ParameterizedTest
    @EnumSource
    @Timeout(120)
    void shouldComeBackWhenTheHandshakesProbeIsDueAsItCloses(Loops loops) throws Exception {
        group = loops.newGroup();
        QuicChannel client = connect(listen(), new Unconfirmed());

        client.eventLoop().execute(() -> {
            sleep();
            Farewell.closeAtOnce(client, 7);
        });

        assertThat(client.closeFuture().await(60, TimeUnit.SECONDS))
                .as("the close has come back")
                .isTrue();
        Future<?> next = client.eventLoop().submit(() -> {});
        assertThat(next.await(60, TimeUnit.SECONDS))
                .as("its event loop goes on")
                .isTrue();
    }

    /** And has come no further than that: what it needs to read the close leaves ahead of it. */
    @ParameterizedTest
    @EnumSource
    @Timeout(120)
    void shouldTellWhoHasNotConfirmedTheHandshake(Loops loops) throws Exception {
        group = loops.newGroup();
        Unconfirmed network = new Unconfirmed();
        QuicChannel client = connect(listen(), network);

        client.eventLoop().execute(() -> {
            sleep();
            network.loses = false;
            Farewell.close(client, 7);
        });

        QuicConnectionCloseEvent told = closes.poll(60, TimeUnit.SECONDS);
        assertThat(told).isNotNull();
        assertThat(told.isApplicationClose()).isTrue();
        assertThat(told.error()).isEqualTo(7);
    }

    /** What a server is told. */
    private final BlockingQueue<QuicConnectionCloseEvent> closes = new LinkedBlockingQueue<>();

    private final class Closes extends ChannelInboundHandlerAdapter {

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof QuicConnectionCloseEvent close) {
                closes.add(close);
            }
            ctx.fireUserEventTriggered(event);
        }
    }

    /**
     * Loses what the client sends once the server has answered: so the server repeats itself, by which the client's channel finds
     * that the handshake is done, and does not confirm it.
     */
    private static final class Unconfirmed extends ChannelDuplexHandler {

        /** RFC 9000 section 17.2: the type of a packet with a long header. */
        private static final int TYPE_MASK = 0x30;

        private static final int RETRY = 0x30;

        private boolean answered;
        private boolean loses = true;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf packet = ((DatagramPacket) message).content();
            answered |= (packet.getByte(packet.readerIndex()) & TYPE_MASK) != RETRY;
            ctx.fireChannelRead(message);
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (answered && loses) {
                ReferenceCountUtil.release(message);
                promise.setSuccess();
            } else {
                ctx.write(message, promise);
            }
        }
    }

    private static void sleep() {
        long startNanos = System.nanoTime();
        while (System.nanoTime() - startNanos < LATE_NANOS) {
            LockSupport.parkNanos(LATE_NANOS);
        }
    }

    private DatagramFamily family() {
        return DatagramFamily.of(group.next());
    }

    private Channel listen() throws Exception {
        Channel socket = new Bootstrap()
                .group(group)
                .channelFactory(() -> family().newSocket(ANY, QuicOptions.DEFAULT))
                .handler(new QuicServerCodecBuilder()
                        .sslContext(QuicSslContextBuilder.forServer(
                                        certificate.getKeyPair().getPrivate(), null, certificate.getCertificatePath())
                                .applicationProtocols(ALPN)
                                .build())
                        .tokenHandler(InsecureQuicTokenHandler.INSTANCE)
                        .handler(new Closes())
                        .streamHandler(new ChannelInboundHandlerAdapter())
                        .build())
                .bind(ANY)
                .sync()
                .channel();
        sockets.add(socket);
        return socket;
    }

    private QuicChannel connect(Channel server, Unconfirmed network) throws Exception {
        Channel socket = new Bootstrap()
                .group(group)
                .channelFactory(() -> family().newSocket(ANY, QuicOptions.DEFAULT))
                .handler(network)
                .bind(ANY)
                .sync()
                .channel();
        sockets.add(socket);
        socket.pipeline()
                .addLast(new QuicClientCodecBuilder()
                        .sslContext(QuicSslContextBuilder.forClient()
                                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                                .applicationProtocols(ALPN)
                                .build())
                        .build());
        return QuicChannel.newBootstrap(socket)
                .handler(new ChannelInboundHandlerAdapter())
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, family().segments(QuicOptions.DEFAULT))
                .remoteAddress(server.localAddress())
                .connect()
                .get();
    }
}
