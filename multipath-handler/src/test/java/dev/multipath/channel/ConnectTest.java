package dev.multipath.channel;

import static dev.multipath.channel.Waiting.PATIENCE;
import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.multipath.codec.UnexpectedVersionException;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathFailedException;
import dev.multipath.path.PathHistory;
import dev.multipath.testing.Requirement;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dialling: who is asked first, what a dead path costs, and how a failure is told. */
class ConnectTest {

    private static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

    /** No attempt ends by itself while a test waits. */
    private static final int FOR_EVER = 0;

    private final Recorder application = new Recorder();

    private static SocketAddress refusedAddress() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalSocketAddress();
        }
    }

    private static ServerSocket silentListener() throws Exception {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private static MultipathAddress withFirst(SocketAddress first, MultipathAddress others) {
        List<Path> paths = new ArrayList<>(List.of(Path.of("first", first)));
        paths.addAll(others.paths());
        return MultipathAddress.of(paths);
    }

    private static List<String> causes(AllPathsFailedException e) {
        return Arrays.stream(e.getSuppressed())
                .map(suppressed -> ((PathFailedException) suppressed).path().label() + ": "
                        + suppressed.getCause().getClass().getSimpleName())
                .toList();
    }

    @Test
    void shouldRefuseAddressesOfOtherTypes() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            ChannelFuture connecting =
                    peers.clientBootstrap(application).connect(new InetSocketAddress("127.0.0.1", 1));
            assertThat(connecting.await().cause()).isInstanceOf(UnsupportedAddressTypeException.class);
            assertThat(connecting.channel().closeFuture().await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();

            ChannelFuture binding = peers.serverBootstrap(Recorder::new).bind(new InetSocketAddress("127.0.0.1", 0));
            assertThat(binding.await().cause()).isInstanceOf(UnsupportedAddressTypeException.class);
            assertThat(binding.channel().closeFuture().await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    @Test
    void shouldRefuseOneLocalAddressForAllPaths() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            ChannelFuture connecting = peers.clientBootstrap(application)
                    .connect(peers.server().localAddress(), new InetSocketAddress("127.0.0.1", 0));
            assertThat(connecting.await().cause()).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void shouldFailClearlyOnEventLoopsThatHaveNoSockets() throws Exception {
        EventLoopGroup group = TestTransport.LOCAL.newGroup(1);
        try {
            ChannelFuture connecting = new Bootstrap()
                    .group(group)
                    .channel(MultipathChannel.class)
                    .handler(application)
                    .connect(MultipathAddress.of(new InetSocketAddress("127.0.0.1", 1)));
            assertThat(connecting.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(connecting.cause()).isInstanceOf(AllPathsFailedException.class);
            assertThat(connecting.cause().getSuppressed()[0])
                    .hasRootCauseInstanceOf(UnsupportedOperationException.class);

            ChannelFuture binding = new ServerBootstrap()
                    .group(group)
                    .channel(MultipathServerChannel.class)
                    .childHandler(application)
                    .bind(MultipathAddress.of(new InetSocketAddress("127.0.0.1", 0)));
            assertThat(binding.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(binding.cause()).isInstanceOf(UnsupportedOperationException.class);
        } finally {
            group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS).sync();
        }
    }

    @Test
    void shouldTellEachPathsCauseWhenAllFail() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = silentListener();
                RawPeer.Listener wrongVersion = RawPeer.Listener.answering(new byte[] {9})) {
            MultipathAddress address = MultipathAddress.of(
                    Path.of("refused", refusedAddress()),
                    Path.of("silent", silent.getLocalSocketAddress()),
                    Path.of("wrong version", wrongVersion.address()),
                    Path.of("wrong type", new LocalAddress("nobody")));
            ChannelFuture connecting = peers.clientBootstrap(application)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 1000)
                    .connect(address);

            AllPathsFailedException failure = catchThrowableOfType(AllPathsFailedException.class, connecting::sync);

            assertThat(causes(failure)).hasSize(4);
            assertThat(causes(failure))
                    .contains(
                            "silent: " + ConnectTimeoutException.class.getSimpleName(),
                            "wrong version: " + UnexpectedVersionException.class.getSimpleName());
            assertThat(failure.getSuppressed())
                    .anyMatch(e -> e.getCause() instanceof ConnectException
                            && e.getMessage().contains("refused"));
            assertThat(failure).hasMessageContaining("refused").hasMessageNotContaining("(null)");
            assertThat(connecting.channel().closeFuture().await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(application.isInactive()).as("it never was active").isFalse();
        }
    }

    @Test
    void shouldTellWhyAnInitializerRefusedAPath() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            ChannelFuture connecting = peers.clientBootstrap(application)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            SubflowTransport.ofEventLoop().withInitializer(subflow -> {
                                throw new IllegalStateException("not this one");
                            }))
                    .connect(peers.server().localAddress());
            assertThat(connecting.await().cause().getSuppressed()[0]).hasRootCauseMessage("not this one");
        }
    }

    @Requirement("ERR-5")
    @Test
    void shouldBoundEachAttemptByConnectTimeout() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = silentListener()) {
            long startNanos = System.nanoTime();
            ChannelFuture connecting = peers.clientBootstrap(application)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 500)
                    .connect(MultipathAddress.of(silent.getLocalSocketAddress()));
            assertThat(connecting.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(connecting.cause()).isInstanceOf(AllPathsFailedException.class);
            // Nothing else ends it: the peer is silent for ever.
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThanOrEqualTo(Duration.ofMillis(500));
            eventually().untilAsserted(() -> assertThatCollection(peers.clientSubflows)
                    .isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LOCAL")
    void shouldNotWaitForASilentFirstPath(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport);
                ServerSocket silent = silentListener()) {
            peers.listen(Recorder::new, 2);
            long startNanos = System.nanoTime();
            ChannelFuture connecting = peers.clientBootstrap(application)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, FOR_EVER)
                    .connect(withFirst(
                            silent.getLocalSocketAddress(), peers.server().localAddress()));
            assertThat(connecting.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("though the first attempt never ends")
                    .isTrue();
            assertThat(connecting.cause()).isNull();
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                    .isGreaterThanOrEqualTo(ATTEMPT_DELAY.minusMillis(50));
            application.awaitCount(SubflowEvent.Kind.ADDED, 2);
            peers.awaitSessions(1);
            assertThat(peers.server().sessionCount()).isEqualTo(1);
            application.channel().close().sync();
        }
    }

    @Test
    void shouldGoOnAtOnceWhenTheFirstPathIsRefused() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            MultipathChannel session = (MultipathChannel) peers.clientBootstrap(application)
                    .connect(withFirst(refusedAddress(), peers.server().localAddress()))
                    .sync()
                    .channel();
            application.awaitCount(SubflowEvent.Kind.ADDED, 2);
            assertThat(session.stats().paths())
                    .anyMatch(path -> path.label().equals("first") && path.failures() >= 1 && path.successes() == 0);
            peers.awaitSessions(1);
            assertThat(peers.server().sessionCount()).isEqualTo(1);
            session.close().sync();
        }
    }

    @Test
    void shouldJoinTheOtherPathsInParallel() throws Exception {
        int paths = 8;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, paths);
            AtomicInteger dialled = new AtomicInteger();
            Promise<Void> allDialled = ImmediateEventExecutor.INSTANCE.newPromise();
            SubflowTransport inParallel = new ChangedTransport() {
                @Override
                protected void onDial(SocketAddress remote) {
                    if (dialled.incrementAndGet() == paths) {
                        allDialled.setSuccess(null);
                    }
                }

                /** But for the first, none is ready before all are dialled: one after the other they would never be. */
                @Override
                protected Future<?> whenReady(Channel subflow) {
                    return dialled.get() == 1 ? subflow.newSucceededFuture() : allDialled;
                }
            };
            peers.connect(
                    peers.clientBootstrap(application).option(MultipathChannelOption.SUBFLOW_TRANSPORT, inParallel));
            eventually().until(() -> peers.serverSubflows.size() == paths);
            peers.awaitSessions(1);
            assertThat(peers.server().sessionCount()).isEqualTo(1);
        }
    }

    @Test
    void shouldDialTheBestKnownPathFirst() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 3);
            List<Path> paths = peers.server().localAddress().paths();
            PathHistory history = new PathHistory();
            history.onRtt(paths.get(2), TimeUnit.MILLISECONDS.toNanos(1));
            history.onRtt(paths.get(1), TimeUnit.MILLISECONDS.toNanos(2));
            history.onFailed(paths.get(0));
            List<SocketAddress> dialled = Collections.synchronizedList(new ArrayList<>());
            peers.connect(peers.clientBootstrap(application)
                    .option(MultipathChannelOption.PATH_HISTORY, history)
                    .option(MultipathChannelOption.SUBFLOW_TRANSPORT, new DialOrder(dialled)));
            assertThat(dialled.get(0)).isEqualTo(paths.get(2).remote());
            assertThat(dialled).hasSize(3);
            assertThat(application.events(SubflowEvent.Kind.ADDED).get(0).path())
                    .isEqualTo(paths.get(2));
        }
    }

    @Test
    void shouldRememberWhatPathsAreWorth() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            PathHistory history = new PathHistory();
            MultipathAddress address =
                    withFirst(refusedAddress(), peers.server().localAddress());
            peers.clientBootstrap(application)
                    .option(MultipathChannelOption.PATH_HISTORY, history)
                    .connect(address)
                    .sync();
            assertThat(history.order(address.paths()).get(0))
                    .isEqualTo(address.paths().get(1));
        }
    }

    @Test
    void shouldNotConnectTwice() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket silent = silentListener()) {
            peers.listen(Recorder::new, 1);
            MultipathChannel session = peers.connect(peers.clientBootstrap(application));
            assertThat(session.connect(peers.server().localAddress()).await().cause())
                    .isInstanceOf(AlreadyConnectedException.class);

            ChannelFuture connecting =
                    peers.clientBootstrap(new Recorder()).connect(MultipathAddress.of(silent.getLocalSocketAddress()));
            eventually().until(() -> connecting.channel().isRegistered());
            assertThat(connecting
                            .channel()
                            .connect(MultipathAddress.of(silent.getLocalSocketAddress()))
                            .await()
                            .cause())
                    .isInstanceOf(ConnectionPendingException.class);
            connecting.channel().close().sync();
        }
    }

    @Test
    void shouldKnowItsAddressesWhenItBecomesActive() throws Exception {
        List<SocketAddress> seen = new CopyOnWriteArrayList<>();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            peers.connect(peers.clientBootstrap(new Recorder() {
                @Override
                public void channelActive(ChannelHandlerContext ctx) {
                    seen.add(ctx.channel().remoteAddress());
                    seen.add(ctx.channel().localAddress());
                }
            }));
            assertThat(seen).hasSize(2).doesNotContainNull();
        }
    }

    @Test
    void shouldYieldAConnectableAddressWhenBoundToAnEphemeralPort() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathAddress bound = peers.listen(Recorder::new, 2).localAddress();
            assertThat(bound.paths())
                    .hasSize(2)
                    .allMatch(path -> ((InetSocketAddress) path.remote()).getPort() > 0)
                    .doesNotHaveDuplicates();
            MultipathChannel session = peers.connect(peers.clientBootstrap(application));
            assertThat(session.remoteAddress().paths())
                    .extracting(Path::remote)
                    .containsExactlyInAnyOrderElementsOf(
                            bound.paths().stream().map(Path::remote).toList());
            assertThat(session.localAddress().paths())
                    .hasSize(2)
                    .allMatch(path -> ((InetSocketAddress) path.remote()).getPort() > 0);
        }
    }

    @Test
    void shouldLeaveNoListenerBehindWhenOneOfThemCannotBind() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                ServerSocket taken = silentListener()) {
            SocketAddress free = refusedAddress();
            ChannelFuture binding =
                    peers.serverBootstrap(Recorder::new).bind(MultipathAddress.of(free, taken.getLocalSocketAddress()));
            assertThat(binding.await().cause()).isInstanceOf(java.net.BindException.class);
            eventually().until(() -> {
                try (ServerSocket again = new ServerSocket()) {
                    again.bind(free);
                    return true;
                } catch (java.net.BindException e) {
                    return false;
                }
            });
        }
    }
}
