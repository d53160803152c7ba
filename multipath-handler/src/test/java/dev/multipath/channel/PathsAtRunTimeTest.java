package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.TruncatedFrameException;
import dev.multipath.metrics.PathState;
import dev.multipath.metrics.PathStats;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AnnouncedAddresses;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.PathClosedException;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Paths come, go and change their rank while a session lives, by either end's word. */
class PathsAtRunTimeTest {

    private static final class Listening extends Recorder {
        final List<AddressEvent> addresses = new CopyOnWriteArrayList<>();

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            super.userEventTriggered(ctx, event);
            if (event instanceof AddressEvent address) {
                addresses.add(address);
            }
        }
    }

    private static MultipathChannel connectTo(Bootstrap bootstrap, Path path) throws InterruptedException {
        return (MultipathChannel)
                bootstrap.connect(MultipathAddress.of(path)).sync().channel();
    }

    private static void await(ChannelFuture future) {
        assertThat(future.awaitUninterruptibly(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .isTrue();
    }

    private static List<Path> pathsOf(MultipathChannel channel) {
        return channel.subflows().stream().map(SubflowInfo::path).toList();
    }

    @ParameterizedTest
    @EnumSource
    void shouldAddAndRemovePathsWhileDataFlow(TestTransport transport) throws Exception {
        long bytes = 4_000_000;
        try (Peers peers = new Peers(transport)) {
            MultipathServerChannel server = peers.listen(Recorder::new, 2);
            Path first = server.localAddress().paths().get(0);
            Path second = server.localAddress().paths().get(1);
            Recorder client = new Recorder();
            MultipathChannel channel = connectTo(peers.clientBootstrap(client), first);
            Recorder accepted = peers.accepted();

            client.send(bytes, 10_000);
            await(channel.addPath(second).sync());

            assertThat(pathsOf(channel)).containsExactlyInAnyOrder(first, second);
            assertThat(channel.stats().paths()).hasSize(2);
            await(channel.removePath(first).sync());
            accepted.awaitReceived(bytes);
            eventually().until(() -> pathsOf(channel).equals(List.of(second)));
            // The server was told, and has no zombie of it.
            eventually().until(() -> accepted.session().subflows().size() == 1);
            Throwable cause = accepted.events(SubflowEvent.Kind.REMOVED).get(0).cause();
            // A local channel that is closed may take what its peer has not read yet with it: a half frame's rest, or
            // the
            // whole of the last word.
            if (transport != TestTransport.LOCAL || !(cause == null || cause instanceof TruncatedFrameException)) {
                assertThat(cause).isInstanceOfSatisfying(PathClosedException.class, e -> assertThat(e.code())
                        .isEqualTo(PathCloseFrame.REMOVED));
            }
            accepted.send(bytes, 10_000);
            client.awaitReceived(bytes);
        }
    }

    @Test
    void shouldLeaveNothingBehindOfAPathThatCannotBeAdded() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel server = peers.listen(Recorder::new, 1);
            Path first = server.localAddress().paths().get(0);
            AtomicInteger dials = new AtomicInteger();
            MultipathChannel channel = connectTo(
                    peers.clientBootstrap(new Recorder())
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    Peers.tracking(peers.clientSubflows)
                                            .withInitializer(subflow -> dials.incrementAndGet())),
                    first);
            Path dead = Path.of("dead", new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));

            ChannelFuture added = channel.addPath(dead);

            await(added);
            assertThat(added.cause()).isInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> channel.removePath(dead).sync()).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> channel.addPath(first).sync()).isInstanceOf(IllegalArgumentException.class);
            MultipathChannel accepted = peers.accepted().session();
            assertThatThrownBy(() -> accepted.addPath(dead).sync()).isInstanceOf(UnsupportedOperationException.class);
            // A path that is kept would be dialled again within 600 ms.
            channel.eventLoop().schedule(() -> {}, 800, TimeUnit.MILLISECONDS).sync();
            assertThat(dials).hasValue(2);
            channel.close().sync();
            assertThatThrownBy(() -> channel.addPath(dead).sync()).isInstanceOf(ClosedChannelException.class);
        }
    }

    /** Where the transport throws: asked for the event loop, or for the channel. */
    private enum Refusal {
        EVENT_LOOP,
        CHANNEL
    }

    @ParameterizedTest
    @EnumSource
    void shouldLeaveNothingBehindOfAPathThatTheTransportRefuses(Refusal refusal) throws Exception {
        RuntimeException refused = new UnsupportedOperationException("not there");
        AtomicReference<SocketAddress> closedAddress = new AtomicReference<>();
        AtomicInteger dials = new AtomicInteger();
        SubflowTransport transport = new ChangedTransport() {
            @Override
            public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
                refuse(Refusal.EVENT_LOOP, remote);
                return super.eventLoop(session, remote);
            }

            @Override
            protected void onDial(SocketAddress remote) {
                refuse(Refusal.CHANNEL, remote);
            }

            private void refuse(Refusal asked, SocketAddress remote) {
                if (asked == refusal && remote.equals(closedAddress.get())) {
                    dials.incrementAndGet();
                    throw refused;
                }
            }
        };
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel server = peers.listen(Recorder::new, 2);
            MultipathChannel channel = connectTo(
                    peers.clientBootstrap(new Recorder())
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    transport.withInitializer(peers.clientSubflows::add)),
                    server.localAddress().paths().get(0));
            Path second = server.localAddress().paths().get(1);
            closedAddress.set(second.remote());

            ChannelFuture added = channel.addPath(second);

            await(added);
            assertThat(added.cause()).isNotNull();
            assertThat(Stream.iterate(added.cause(), Objects::nonNull, Throwable::getCause))
                    .contains(refused);
            assertThatThrownBy(() -> channel.removePath(second).sync()).isInstanceOf(IllegalArgumentException.class);
            // A path that is kept would be dialled again within 600 ms.
            channel.eventLoop().schedule(() -> {}, 800, TimeUnit.MILLISECONDS).sync();
            assertThat(dials).hasValue(1);

            closedAddress.set(null);
            await(channel.addPath(second).sync());
            assertThat(pathsOf(channel)).hasSize(2).contains(second);
            channel.close().sync();
        }
    }

    /** The channel is open still, as a socket's would be; but nothing is dialled any more. */
    @Test
    void shouldTellThatAPathIsNotAddedToASessionThatEndsMeanwhile() throws Exception {
        Promise<Void> never = GlobalEventExecutor.INSTANCE.newPromise();
        AtomicBoolean held = new AtomicBoolean();
        SubflowTransport transport = new ChangedTransport() {
            @Override
            protected Future<?> whenReady(Channel subflow) {
                return held.get() ? never : super.whenReady(subflow);
            }
        };
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel server = peers.listen(
                    peers.serverBootstrap(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true), 2);
            MultipathChannel channel = connectTo(
                    peers.clientBootstrap(new Recorder())
                            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    transport.withInitializer(peers.clientSubflows::add)),
                    server.localAddress().paths().get(0));
            MultipathChannel accepted = peers.accepted().session();
            held.set(true);
            ChannelFuture added = channel.addPath(server.localAddress().paths().get(1));

            await(channel.shutdownOutput().sync());
            await(accepted.shutdownOutput().sync());

            assertThat(added.awaitUninterruptibly(20, TimeUnit.SECONDS)).isTrue();
            assertThat(added.cause()).isInstanceOf(ClosedChannelException.class);
            await(channel.close());
        }
    }

    @Test
    void shouldSendOverABackupOnlyWhileNothingElseDelivers() throws Exception {
        int bytes = 10_000;
        int writes = 100;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder accepted = peers.accepted();
            SubflowInfo info = client.session().subflows().get(0);
            Path backup = info.path();
            Path regular = client.session().subflows().get(1).path();
            Path backupAtServer = accepted.session().subflows().stream()
                    .filter(subflow -> subflow.remote().equals(info.local()))
                    .findFirst()
                    .orElseThrow()
                    .path();

            await(client.session().setBackup(backup, true).sync());
            accepted.awaitCount(SubflowEvent.Kind.STATUS_CHANGED, 1);
            long sentBefore = newFrames(client, backup);
            long sentBeforeAtServer = newFrames(accepted, backupAtServer);
            for (int i = 1; i <= writes; i++) {
                sendAlone(client, bytes);
                accepted.awaitReceived((long) i * bytes);
                sendAlone(accepted, bytes);
                client.awaitReceived((long) i * bytes);
            }

            assertThat(newFrames(client, backup)).isEqualTo(sentBefore);
            assertThat(newFrames(accepted, backupAtServer)).isEqualTo(sentBeforeAtServer);
            await(client.session().removePath(regular).sync());
            client.send(bytes, bytes);
            accepted.awaitReceived((long) (writes + 1) * bytes);
            assertThat(newFrames(client, backup)).isGreaterThan(sentBefore);
        }
    }

    /**
     * One frame, while nothing else is on its way: on a busy machine any answer may be late, and while a path is late a backup
     * is of use.
     */
    private static void sendAlone(Recorder from, int bytes) {
        eventually().until(() -> from.channel()
                .eventLoop()
                .submit(() -> {
                    boolean atRest = isAtRest(from.session().snapshot());
                    if (atRest) {
                        from.sendNow(bytes, bytes);
                    }
                    return atRest;
                })
                .get());
    }

    private static boolean isAtRest(SessionSnapshot session) {
        return session.stats().unacknowledgedBytes() == 0
                && session.subflows().stream().allMatch(subflow -> subflow.state() == PathState.ACTIVE)
                && session.stats().paths().stream()
                        .allMatch(path -> path.measured().inFlightBytes() == 0);
    }

    /** Without copies: what is late elsewhere may go anywhere. */
    private static long newFrames(Recorder end, Path path) {
        return stats(end, path).framesSent();
    }

    private static PathStats stats(Recorder end, Path path) {
        return end.session().stats().paths().stream()
                .filter(stats -> stats.label().equals(path.label()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldDialTheServersOtherListenersIfThePolicySaysSo() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            ServerBootstrap bootstrap = peers.serverBootstrap(Recorder::new)
                    .option(MultipathChannelOption.ANNOUNCED_ADDRESSES, AnnouncedAddresses.LISTENERS);
            MultipathServerChannel server = peers.listen(bootstrap, 3);
            Path first = server.localAddress().paths().get(0);
            InetSocketAddress third =
                    (InetSocketAddress) server.localAddress().paths().get(2).remote();
            Listening client = new Listening();
            MultipathChannel channel = connectTo(
                    peers.clientBootstrap(client).option(MultipathChannelOption.ADDRESS_POLICY, AddressPolicy.ALL),
                    first);
            Recorder accepted = peers.accepted();

            eventually().until(() -> channel.subflows().size() == 3);
            assertThat(client.addresses).hasSize(3);
            await(accepted.session().withdrawAddress(third).sync());
            eventually().until(() -> channel.subflows().size() == 2);
            assertThat(client.addresses).contains(new AddressEvent(AddressEvent.Kind.REMOVED, third));
            accepted.send(100_000, 1000);
            client.awaitReceived(100_000);
        }
    }

    @Test
    void shouldOnlyTellOfAnnouncedAddressesByDefault() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            ServerBootstrap bootstrap = peers.serverBootstrap(Recorder::new)
                    .option(MultipathChannelOption.ANNOUNCED_ADDRESSES, AnnouncedAddresses.LISTENERS);
            MultipathServerChannel server = peers.listen(bootstrap, 2);
            Listening client = new Listening();
            MultipathChannel channel = connectTo(
                    peers.clientBootstrap(client), server.localAddress().paths().get(0));

            eventually().until(() -> client.addresses.size() == 2);
            Recorder accepted = peers.accepted();
            accepted.send(100_000, 1000);
            client.awaitReceived(100_000);

            assertThat(channel.subflows()).hasSize(1);
        }
    }

    /** Numbers are announced; a name that got so far would end every session at its beginning. */
    @Test
    void shouldRefuseToAnnounceAName() throws Exception {
        InetSocketAddress name = InetSocketAddress.createUnresolved("server.test", 4000);
        assertThatThrownBy(() -> AnnouncedAddresses.of(name)).isInstanceOf(IllegalArgumentException.class);
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            MultipathChannel channel = peers.connect().session();
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() -> channel.announceAddress(name).sync())
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThatThrownBy(() -> channel.withdrawAddress(name).sync()).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldJoinOverIpv6ThatIsAnnouncedOverIpv4() throws Exception {
        InetAddress ipv6 = InetAddress.getByName("::1");
        Assumptions.assumeTrue(hasIpv6(), "no IPv6 loopback here");
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathAddress listeners = MultipathAddress.of(
                    new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), new InetSocketAddress(ipv6, 0));
            MultipathServerChannel server = peers.listenOn(peers.serverBootstrap(Recorder::new), listeners);
            Listening client = new Listening();
            MultipathChannel channel = connectTo(
                    peers.clientBootstrap(client).option(MultipathChannelOption.ADDRESS_POLICY, AddressPolicy.ALL),
                    server.localAddress().paths().get(0));
            Recorder accepted = peers.accepted();

            InetSocketAddress over6 =
                    (InetSocketAddress) server.localAddress().paths().get(1).remote();
            await(accepted.session().announceAddress(over6).sync());

            eventually().until(() -> channel.subflows().size() == 2);
            assertThat(channel.subflows())
                    .anySatisfy(info -> assertThat(((InetSocketAddress) info.remote()).getAddress())
                            .isInstanceOf(Inet6Address.class));
        }
    }

    private static boolean hasIpv6() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .anyMatch(address -> address instanceof Inet6Address && address.isLoopbackAddress());
    }

    /** REMOVED of the only path: a loss as any other, but nothing is dialled until the application says so. */
    @Test
    void shouldGoOnWithAPathThatIsAddedAfterTheOnlyOneWasRemoved() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Path only = peers.server().localAddress().paths().get(0);
            Recorder client = new Recorder();
            MultipathChannel channel = connectTo(peers.clientBootstrap(client), only);
            Recorder accepted = peers.accepted();
            client.send(10_000, 1000);
            accepted.awaitReceived(10_000);

            await(channel.removePath(only).sync());
            client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            accepted.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            client.send(10_000, 1000);
            accepted.send(10_000, 1000);
            await(channel.addPath(only).sync());

            accepted.awaitReceived(20_000);
            client.awaitReceived(10_000);
            assertThat(client.exceptions()).isEmpty();
            assertThat(accepted.exceptions()).isEmpty();
        }
    }
}
