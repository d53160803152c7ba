package dev.multipath.transport.mptcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MptcpTransportTest {

    private static final int PATIENCE_SECONDS = 60;

    private final List<EventLoopGroup> groups = new ArrayList<>();
    private final BlockingQueue<Channel> subflows = new LinkedBlockingQueue<>();
    private final SubflowSetup setup = new SubflowSetup(Map.of(), subflows::add);
    private EventLoop epoll;

    @BeforeEach
    void haveMptcp() {
        assumeTrue(Epoll.isAvailable(), () -> "no epoll: " + Epoll.unavailabilityCause());
        assumeTrue(Mptcp.isAvailable(), () -> "no MPTCP: " + Mptcp.unavailability());
        epoll = newLoop(EpollIoHandler.newFactory());
    }

    @AfterEach
    void close() {
        groups.forEach(group -> group.shutdownGracefully(300, 20_000, TimeUnit.MILLISECONDS));
        groups.forEach(
                group -> assertThat(group.terminationFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS))
                        .isTrue());
    }

    private EventLoop newLoop(IoHandlerFactory handler) {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, handler);
        groups.add(group);
        return group.next();
    }

    private static <T> T on(EventLoop loop, Callable<T> call) throws Exception {
        try {
            return loop.submit(call).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private Channel listen(SubflowTransport transport, EventLoop loop, SocketAddress local) throws Exception {
        return on(loop, () -> transport.listen(loop, local, setup)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Future<Channel> dial(SubflowTransport transport, EventLoop loop, SocketAddress remote) throws Exception {
        Future<Channel> dialling = on(loop, () -> transport.dial(loop, remote, null, setup));
        assertThat(dialling.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return dialling;
    }

    @Test
    void shouldDialAndListenByMptcp() throws Exception {
        SubflowTransport transport = new MptcpTransport(MptcpMode.REQUIRED);
        Channel listener = listen(transport, epoll, anyPort());
        Channel dialled = dial(transport, epoll, listener.localAddress()).getNow();
        assertThat(on(epoll, () -> Mptcp.isMptcp(dialled))).isTrue();
        assertThat(subflows.take()).isSameAs(dialled);
        Channel accepted = subflows.take();
        assertThat(on(epoll, () -> Mptcp.isMptcp(accepted))).isTrue();
        assertThat(transport.canMove(accepted, newLoop(EpollIoHandler.newFactory())))
                .isTrue();
        TransportStats stats = on(epoll, () -> transport.stats(dialled));
        assertThat(stats.smoothedRttNanos()).isPositive();
        assertThat(stats.mptcp().subflows()).isEqualTo(1);
        on(epoll, dialled::close).sync();
        assertThat(on(epoll, () -> transport.stats(dialled))).isEqualTo(TransportStats.NONE);
    }

    @Test
    void shouldTellThatAPeerHasOnlyTcp() throws Exception {
        try (ServerSocket peer = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Future<Channel> required =
                    dial(new MptcpTransport(MptcpMode.REQUIRED), epoll, peer.getLocalSocketAddress());
            assertThat(required.cause())
                    .isInstanceOf(MptcpUnavailableException.class)
                    .hasMessageContaining(Integer.toString(peer.getLocalPort()));
            assertThat(subflows.take().closeFuture().await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            Channel plain = dial(new MptcpTransport(MptcpMode.IF_AVAILABLE), epoll, peer.getLocalSocketAddress())
                    .getNow();
            assertThat(plain.isActive()).isTrue();
            assertThat(on(epoll, () -> Mptcp.isMptcp(plain))).isFalse();
            TransportStats stats = on(epoll, () -> new MptcpTransport(MptcpMode.IF_AVAILABLE).stats(plain));
            assertThat(stats.mptcp()).isEqualTo(MptcpStats.NONE);
            assertThat(stats.smoothedRttNanos()).isPositive();
        }
    }

    @Test
    void shouldCloseWhatIsAcceptedWithoutMptcpIfItIsRequired() throws Exception {
        Channel listener = listen(new MptcpTransport(MptcpMode.REQUIRED), epoll, anyPort());
        try (Socket plain = socketTo(listener)) {
            plain.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            assertThat(plain.getInputStream().read()).isNegative();
        }
        Channel open = listen(new MptcpTransport(MptcpMode.IF_AVAILABLE), epoll, anyPort());
        subflows.clear();
        try (Socket plain = socketTo(open)) {
            Channel accepted = subflows.take();
            assertThat(on(epoll, accepted::isActive)).isTrue();
            assertThat(plain.isConnected()).isTrue();
        }
    }

    private static Socket socketTo(Channel listener) {
        InetSocketAddress address = (InetSocketAddress) listener.localAddress();
        try {
            return new Socket(address.getAddress(), address.getPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertOnlyTcpOn(EventLoop loop) throws Exception {
        SubflowTransport required = new MptcpTransport(MptcpMode.REQUIRED);
        assertThatThrownBy(() -> listen(required, loop, anyPort())).isInstanceOf(MptcpUnavailableException.class);
        assertThatThrownBy(() -> dial(required, loop, anyPort())).isInstanceOf(MptcpUnavailableException.class);
        SubflowTransport optional = new MptcpTransport(MptcpMode.IF_AVAILABLE);
        Channel listener = listen(optional, loop, anyPort());
        Channel dialled = dial(optional, loop, listener.localAddress()).getNow();
        assertThat(dialled).isNotInstanceOf(EpollSocketChannel.class);
        assertThat(on(loop, () -> Mptcp.isMptcp(dialled))).isFalse();
        on(loop, dialled::close).sync();
        on(loop, listener::close).sync();
    }

    @Test
    void shouldUseTcpOnNio() throws Exception {
        assertOnlyTcpOn(newLoop(NioIoHandler.newFactory()));
    }

    @Test
    void shouldDialOnLoopsOfEpollForSessionsOnOthers() throws Exception {
        EventLoop nio = newLoop(NioIoHandler.newFactory());
        SubflowTransport transport = new MptcpTransport(MptcpMode.REQUIRED).withEventLoops(epoll.parent());
        assertThat(transport.eventLoop(nio, anyPort())).isSameAs(epoll);
        assertThat(transport.eventLoop(nio, LocalAddress.ANY)).isSameAs(nio);
        EventLoop other = newLoop(EpollIoHandler.newFactory());
        assertThat(transport.eventLoop(other, anyPort())).isSameAs(other);
        assertThat(new MptcpTransport(MptcpMode.REQUIRED).eventLoop(nio, anyPort()))
                .isSameAs(nio);
    }

    /** Its channels of MPTCP would hang. */
    @Test
    void shouldUseTcpOnIoUring() throws Exception {
        assumeTrue(IoUring.isAvailable(), () -> "no io_uring: " + IoUring.unavailabilityCause());
        assertOnlyTcpOn(newLoop(IoUringIoHandler.newFactory()));
    }

    @Test
    void shouldLeaveOtherAddressesAndOtherModesAlone() throws Exception {
        EventLoop local = newLoop(LocalIoHandler.newFactory());
        SubflowTransport required = new MptcpTransport(MptcpMode.REQUIRED);
        Channel listener = listen(required, local, new LocalAddress("mptcp-transport-test"));
        assertThat(dial(required, local, listener.localAddress()).getNow()).isInstanceOf(LocalChannel.class);
        SubflowTransport off = new MptcpTransport(MptcpMode.OFF);
        Channel tcp = listen(off, epoll, anyPort());
        assertThat(dial(required, epoll, tcp.localAddress()).cause()).isInstanceOf(MptcpUnavailableException.class);
        assertThat(dial(off, epoll, tcp.localAddress()).getNow()).isInstanceOf(EpollSocketChannel.class);
    }
}
