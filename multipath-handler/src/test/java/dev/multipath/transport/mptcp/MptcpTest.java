package dev.multipath.transport.mptcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.metrics.MptcpStats;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plain bootstraps with the kernel's MPTCP. */
class MptcpTest {

    private static final int PATIENCE_SECONDS = 60;
    private static final byte[] WORDS = "more than one way".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    /** The ways to a socket; which are there depends on the JDK and on the system. */
    enum Way {
        FOREIGN {
            @Override
            MptcpSockets open() throws ReflectiveOperationException {
                return ForeignSockets.lookUp();
            }
        },
        RING {
            @Override
            MptcpSockets open() throws ReflectiveOperationException {
                return RingSockets.start();
            }
        };

        private MptcpSockets sockets;

        abstract MptcpSockets open() throws ReflectiveOperationException;

        synchronized MptcpSupport support() {
            try {
                sockets = sockets == null ? open() : sockets;
            } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
                assumeTrue(false, "no way by " + this + ": " + e);
            }
            return new MptcpSupport(sockets, null);
        }
    }

    private EventLoopGroup group;
    private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();

    @BeforeEach
    void haveMptcp() {
        assumeTrue(Epoll.isAvailable(), () -> "no epoll: " + Epoll.unavailabilityCause());
        assumeTrue(Mptcp.isAvailable(), () -> "no MPTCP: " + Mptcp.unavailability());
        group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }

    @AfterEach
    void close() {
        if (group != null) {
            group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
            assertThat(group.terminationFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    @Sharable
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ctx.writeAndFlush(msg);
        }
    }

    private static final class Events extends ChannelInboundHandlerAdapter {

        final List<String> order = new CopyOnWriteArrayList<>();
        final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();

        @Override
        public void channelRegistered(ChannelHandlerContext ctx) {
            order.add("registered");
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            order.add("active");
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf bytes = (ByteBuf) msg;
            received.add(ByteBufUtil.getBytes(bytes));
            bytes.release();
        }
    }

    private Channel listen(ChannelFactory<? extends ServerChannel> factory) throws InterruptedException {
        return new ServerBootstrap()
                .group(group)
                .channelFactory(factory)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Echo());
                        accepted.add(channel);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
    }

    private Channel connect(ChannelFactory<? extends Channel> factory, Events events, Channel server)
            throws InterruptedException {
        return new Bootstrap()
                .group(group)
                .channelFactory(factory)
                .handler(events)
                .connect(server.localAddress())
                .sync()
                .channel();
    }

    private <T> T onLoop(Callable<T> call) throws Exception {
        return group.next().submit(call).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Says something, waits for the echo, and tells whether it went over MPTCP, as both ends see it. */
    private boolean converse(ChannelFactory<? extends Channel> client, ChannelFactory<? extends ServerChannel> server)
            throws Exception {
        Events events = new Events();
        Channel connected = connect(client, events, listen(server));
        connected.writeAndFlush(connected.alloc().buffer().writeBytes(WORDS)).sync();
        assertThat(events.received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(WORDS);
        assertThat(events.order).containsExactly("registered", "active");
        Channel peer = accepted.take();
        boolean mptcp = onLoop(() -> Mptcp.isMptcp(connected));
        assertThat(onLoop(() -> Mptcp.isMptcp(peer))).isEqualTo(mptcp);
        return mptcp;
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void shouldCarryBytesByMptcp(Way way) throws Exception {
        MptcpSupport support = way.support();
        Events events = new Events();
        Channel server = listen(() -> support.serverSocket(MptcpMode.REQUIRED));
        Channel client = connect(() -> support.socket(MptcpMode.REQUIRED), events, server);
        client.writeAndFlush(client.alloc().buffer().writeBytes(WORDS)).sync();
        assertThat(events.received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(WORDS);
        // Not active until it is connected.
        assertThat(events.order).containsExactly("registered", "active");
        assertThat(client.remoteAddress()).isEqualTo(server.localAddress());
        assertThat(client.localAddress()).isNotNull();
        MptcpStats info = onLoop(() -> Mptcp.info(client));
        assertThat(info.subflows()).isEqualTo(1);
        assertThat(info.bytesSent()).isIn((long) WORDS.length, MptcpStats.UNKNOWN);
        assertThat(info.bytesReceived()).isIn((long) WORDS.length, MptcpStats.UNKNOWN);
        Channel peer = accepted.take();
        assertThat(onLoop(() -> Mptcp.isMptcp(peer))).isTrue();
        assertThat(onLoop(() -> Mptcp.isMptcp(server))).isFalse();
        client.close().sync();
        assertThat(Mptcp.isMptcp(client)).isFalse();
        peer.closeFuture().sync();
    }

    /** As Netty's own constructors leave them, whatever becomes of the descriptor that these made. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void shouldKeepOptionsAsNettySetsThem(Way way) throws Exception {
        MptcpSupport support = way.support();
        EpollServerSocketChannel server =
                (EpollServerSocketChannel) listen(() -> support.serverSocket(MptcpMode.REQUIRED));
        SocketChannel client = (SocketChannel) connect(() -> support.socket(MptcpMode.REQUIRED), new Events(), server);
        EpollSocketChannel plain = new EpollSocketChannel();
        assertThat(server.config().isReuseAddress()).isTrue();
        assertThat(client.config().isTcpNoDelay()).isEqualTo(plain.config().isTcpNoDelay());
        plain.unsafe().closeForcibly();
    }

    @Test
    void shouldTellThatThePeerHasOnlyTcp() throws Exception {
        ChannelFactory<EpollSocketChannel> mptcp = Mptcp.socketFactory(MptcpMode.REQUIRED);
        assertThat(converse(mptcp, EpollServerSocketChannel::new)).isFalse();
        assertThat(converse(mptcp, Mptcp.serverSocketFactory(MptcpMode.REQUIRED)))
                .isTrue();
    }

    @Test
    void shouldAcceptPeersThatHaveOnlyTcp() throws Exception {
        ChannelFactory<EpollServerSocketChannel> mptcp = Mptcp.serverSocketFactory(MptcpMode.IF_AVAILABLE);
        assertThat(converse(EpollSocketChannel::new, mptcp)).isFalse();
        assertThat(converse(Mptcp.socketFactory(MptcpMode.OFF), mptcp)).isFalse();
        assertThat(converse(Mptcp.socketFactory(MptcpMode.IF_AVAILABLE), mptcp)).isTrue();
    }
}
