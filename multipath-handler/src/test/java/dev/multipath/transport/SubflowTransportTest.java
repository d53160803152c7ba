package dev.multipath.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.metrics.TransportStats;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelId;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.Future;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubflowTransportTest {

    private static final int PATIENCE_SECONDS = 60;

    private final List<EventLoopGroup> groups = new ArrayList<>();
    private final BlockingQueue<Channel> initialized = new LinkedBlockingQueue<>();
    private final SubflowSetup setup = new SubflowSetup(Map.of(), initialized::add);
    private EventLoop loop;

    /** Takes connections and says nothing. */
    private ServerSocket peer;

    @BeforeEach
    void listen() throws Exception {
        loop = newLoop(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()));
        peer = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws Exception {
        peer.close();
        groups.forEach(group -> group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS));
        for (EventLoopGroup group : groups) {
            assertThat(group.terminationFuture().await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    private EventLoop newLoop(EventLoopGroup group) {
        groups.add(group);
        return group.next();
    }

    private static <T> T on(EventLoop owner, Callable<T> call) throws Exception {
        return owner.submit(call).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Future<Channel> dial(SubflowTransport transport, EventLoop owner, SubflowSetup with) throws Exception {
        return on(owner, () -> transport.dial(owner, peer.getLocalSocketAddress(), null, with));
    }

    private static SubflowTransport tls() throws Exception {
        return SubflowTransport.ofEventLoop()
                .withTls(TlsConfig.client(
                                TlsConfig.prepare(SslContextBuilder.forClient()).build())
                        .withServerName("example.org"));
    }

    @Test
    void shouldDialAndSetOptionsBeforeTheInitializer() throws Exception {
        BlockingQueue<Boolean> keepAlive = new LinkedBlockingQueue<>();
        SubflowSetup withOption = new SubflowSetup(
                Map.of(ChannelOption.SO_KEEPALIVE, true),
                subflow -> keepAlive.add(subflow.config().getOption(ChannelOption.SO_KEEPALIVE)));
        Channel channel =
                dial(SubflowTransport.ofEventLoop(), loop, withOption).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.eventLoop()).isSameAs(loop);
        assertThat(keepAlive).containsExactly(true);
    }

    @Test
    void shouldTellWhatTheInitializerThrows() throws Exception {
        IllegalStateException cause = new IllegalStateException("no");
        Future<Channel> dialling = dial(SubflowTransport.ofEventLoop(), loop, setup.behind(subflow -> {
            initialized.add(subflow);
            throw cause;
        }));
        assertThat(dialling.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(dialling.cause()).isSameAs(cause);
        assertClosed(initialized.take());
    }

    @Test
    void shouldCloseWhatIsGivenUp() throws Exception {
        Future<Channel> dialling = on(loop, () -> {
            Future<Channel> begun =
                    SubflowTransport.ofEventLoop().dial(loop, peer.getLocalSocketAddress(), null, setup);
            begun.cancel(false);
            return begun;
        });
        assertThat(dialling.isCancelled()).isTrue();
        assertClosed(initialized.take());
    }

    @Test
    void shouldCloseWhatIsGivenUpInItsHandshake() throws Exception {
        Future<Channel> dialling = dial(tls(), loop, setup);
        peer.accept();
        Channel channel = initialized.take();
        assertThat(dialling.await(100, TimeUnit.MILLISECONDS)).isFalse();
        dialling.cancel(false);
        assertClosed(channel);
    }

    @Test
    void shouldTellThatAHandshakeWasLost() throws Exception {
        Future<Channel> dialling = dial(tls(), loop, setup);
        peer.accept().close();
        assertThat(dialling.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(dialling.cause()).hasMessageContaining("TLS handshake");
        assertClosed(initialized.take());
    }

    private static void assertClosed(Channel channel) throws InterruptedException {
        assertThat(channel.closeFuture().await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isTrue();
    }

    private Future<Channel> listenOn(int port) throws Exception {
        InetSocketAddress local = new InetSocketAddress(peer.getInetAddress(), port);
        return on(loop, () -> SubflowTransport.ofEventLoop().listen(loop, local, setup));
    }

    @Test
    void shouldListenUntilTheListenerIsClosed() throws Exception {
        Channel listener = listenOn(0).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        int port = ((InetSocketAddress) listener.localAddress()).getPort();
        try (Socket client = new Socket(peer.getInetAddress(), port)) {
            assertThat(client.isConnected()).isTrue();
            assertThat(initialized.take().parent()).isSameAs(listener);
        }
        listener.close().sync();
        // On NIO the selector has to let it go first.
        Awaitility.await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS).untilAsserted(() -> assertThatThrownBy(
                        () -> new Socket(peer.getInetAddress(), port).close())
                .isInstanceOf(ConnectException.class));
    }

    @Test
    void shouldTellWhyItCannotListen() throws Exception {
        Future<Channel> listening = listenOn(peer.getLocalPort());
        assertThat(listening.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(listening.cause()).isInstanceOf(BindException.class);
    }

    @Test
    void shouldTellWhatTheKernelKnowsOfAPathWithEpoll() throws Exception {
        assumeTrue(Epoll.isAvailable(), () -> "no epoll: " + Epoll.unavailabilityCause());
        requireToldByKernel(EpollIoHandler.newFactory());
    }

    @Test
    void shouldTellWhatTheKernelKnowsOfAPathWithIoUring() throws Exception {
        assumeTrue(IoUring.isAvailable(), () -> "no io_uring: " + IoUring.unavailabilityCause());
        requireToldByKernel(IoUringIoHandler.newFactory());
    }

    private void requireToldByKernel(IoHandlerFactory ioHandler) throws Exception {
        EventLoop told = newLoop(new MultiThreadIoEventLoopGroup(1, ioHandler));
        SubflowTransport transport = SubflowTransport.ofEventLoop().withInitializer(initialized::add);
        Channel channel = dial(transport, told, setup).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        TransportStats stats = on(told, () -> transport.stats(channel));
        assertThat(stats.smoothedRttNanos()).isBetween(1L, TimeUnit.SECONDS.toNanos(1));
        assertThat(stats.congestionWindowBytes()).isPositive();
        assertThat(stats.deliveryBytesPerSecond()).isEqualTo(TransportStats.UNKNOWN);
        assertThat(stats.isAllArrived()).isTrue();
        assertThat(stats.lostPackets()).isZero();
        on(told, channel::close).sync();
        assertThat(on(told, () -> transport.stats(channel))).isEqualTo(TransportStats.NONE);
    }

    @Test
    void shouldTellNothingWhereTheKernelIsNotAsked() throws Exception {
        SubflowTransport transport = SubflowTransport.ofEventLoop();
        Channel channel = dial(transport, loop, setup).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(on(loop, () -> transport.stats(channel))).isEqualTo(TransportStats.NONE);
    }

    /** A stream's parent is a connection, whose parent is the listener. */
    @Test
    void shouldKnowTheListenerBehindAConnection() {
        EmbeddedChannel listener = new EmbeddedChannel();
        EmbeddedChannel connection = childOf(listener);
        EmbeddedChannel stream = childOf(connection);
        SubflowConnection subflow = new SubflowConnection(stream, SubflowTransport.ofEventLoop());
        assertThat(subflow.isOver(listener)).isTrue();
        assertThat(subflow.isOver(connection)).isTrue();
        assertThat(subflow.isOver(stream)).isFalse();
        assertThat(subflow.isOver(new EmbeddedChannel())).isFalse();
    }

    private static EmbeddedChannel childOf(EmbeddedChannel parent) {
        return new EmbeddedChannel(parent, DefaultChannelId.newInstance(), true, false, new ChannelHandler[0]);
    }

    /** What a decorator forgets would silently be the default again. */
    @Test
    void shouldLeaveEverythingElseToTheTransportBeneath() {
        List<String> asked = Arrays.stream(SubflowTransport.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .map(Method::getName)
                .filter(name -> !name.startsWith("with"))
                .toList();
        assertThat(Arrays.stream(TransportDecorator.class.getDeclaredMethods()).map(Method::getName))
                .containsAll(asked);
    }
}
