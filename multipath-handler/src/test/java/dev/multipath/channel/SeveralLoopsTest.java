package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;

import dev.multipath.codec.ConnectionId;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathHistory;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One session whose subflows live on several event loops, of different kinds; none of them its own, unless said. */
class SeveralLoopsTest {

    private static final long BYTES = 6_000_000;
    private static final int WRITE_BYTES = 20_000;
    private static final List<TestTransport> KINDS =
            List.of(TestTransport.NIO, TestTransport.EPOLL, TestTransport.LOCAL);

    private final Map<EventLoopGroup, TestTransport> groups = new HashMap<>();
    private final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
    private final ChannelGroup clientSubflows = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final ChannelGroup serverSubflows = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    @AfterEach
    void endLoops() {
        groups.forEach((group, kind) -> kind.shutDown(group));
        groups.keySet()
                .forEach(group -> assertThat(group.terminationFuture().awaitUninterruptibly(30, TimeUnit.SECONDS))
                        .as("the event loops have ended")
                        .isTrue());
        eventually().untilAsserted(() -> {
            assertThatCollection(clientSubflows).as("clients' subflows").isEmpty();
            assertThatCollection(serverSubflows).as("server's subflows").isEmpty();
        });
    }

    private EventLoop newLoop(TestTransport kind) {
        EventLoopGroup group = kind.newGroup(1);
        groups.put(group, kind);
        return group.next();
    }

    /** Dials each address on the loop that is given for it. */
    private static SubflowTransport onLoops(Map<SocketAddress, EventLoop> loops) {
        return new ChangedTransport() {
            @Override
            public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
                return loops.get(remote);
            }
        };
    }

    private ChannelInitializer<Channel> echo() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel session) {
                Recorder application = new Echo();
                session.pipeline().addLast(application);
                accepted.add(application);
            }
        };
    }

    /** A server of somebody else, whose connections the acceptor takes. */
    private SocketAddress listen(TestTransport kind, EventLoop loop, MultipathAcceptor acceptor) throws Exception {
        SocketAddress address = kind.ephemeral();
        return new ServerBootstrap()
                .group(loop)
                .channelFactory(kind::newServerChannel)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        serverSubflows.add(connection);
                        connection.pipeline().addLast(new MultipathServerHandler(acceptor));
                    }
                })
                .bind(address)
                .sync()
                .channel()
                .localAddress();
    }

    private Recorder connect(EventLoop session, MultipathAddress address, SubflowTransport transport) throws Exception {
        Recorder client = new Recorder();
        new Bootstrap()
                .group(session)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.PATH_HISTORY, new PathHistory())
                .option(MultipathChannelOption.MAX_REDIAL_DELAY, Duration.ofMillis(100))
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport.withInitializer(clientSubflows::add))
                .handler(client)
                .connect(address)
                .sync();
        client.awaitCount(SubflowEvent.Kind.ADDED, address.paths().size());
        return client;
    }

    /** Byte-exact, with a path lost and found again under it, and an end in order. */
    private void echoThroughLossOfAPath(Recorder client, Channel victim) throws Exception {
        client.send(BYTES, WRITE_BYTES);
        eventually().until(() -> client.receivedBytes() >= BYTES / 3);
        victim.close();
        client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
        client.awaitReceived(BYTES);
        // One with all paths again is no other than before.
        client.awaitCount(SubflowEvent.Kind.ADDED, client.count(SubflowEvent.Kind.REMOVED) + KINDS.size());
        client.send(BYTES, WRITE_BYTES);
        client.awaitReceived(2 * BYTES);
    }

    private static Set<EventLoop> loops(ChannelGroup subflows) {
        Set<EventLoop> loops = new HashSet<>();
        subflows.forEach(subflow -> loops.add(subflow.eventLoop()));
        return loops;
    }

    @Test
    void shouldMakeOneSessionOfThreeTransportsAtBothEnds() throws Exception {
        EventLoop serverSession = newLoop(TestTransport.IO_URING);
        EventLoop clientSession = newLoop(TestTransport.EPOLL);
        MultipathAcceptor acceptor =
                MultipathAcceptor.builder(echo()).childGroup(serverSession).build();
        Map<SocketAddress, EventLoop> clientLoops = new HashMap<>();
        Set<EventLoop> serverLoops = new HashSet<>();
        List<Path> paths = new ArrayList<>();
        for (TestTransport kind : KINDS) {
            EventLoop loop = newLoop(kind);
            SocketAddress address = listen(kind, loop, acceptor);
            serverLoops.add(loop);
            clientLoops.put(address, newLoop(kind));
            paths.add(Path.of(kind.name(), address));
        }
        for (TestTransport victim : KINDS) {
            Recorder client = connect(clientSession, MultipathAddress.of(paths), onLoops(clientLoops));
            Recorder server = Peers.nextOpen(accepted);
            eventually().until(() -> acceptor.sessionCount() == 1 && serverSubflows.size() == KINDS.size());
            assertThat(client.channel().eventLoop()).isSameAs(clientSession);
            assertThat(server.channel().eventLoop()).isSameAs(serverSession);
            assertThat(loops(clientSubflows)).isEqualTo(Set.copyOf(clientLoops.values()));
            assertThat(loops(serverSubflows)).isEqualTo(serverLoops);

            EventLoop victims = clientLoops.get(paths.get(KINDS.indexOf(victim)).remote());
            echoThroughLossOfAPath(
                    client,
                    clientSubflows.stream()
                            .filter(subflow -> subflow.eventLoop() == victims)
                            .findAny()
                            .orElseThrow());

            client.channel().close().sync();
            server.awaitInactive();
            eventually().until(() -> acceptor.sessionCount() == 0 && serverSubflows.isEmpty());
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    @Test
    void shouldTakeWhatCanMoveToItsLoopAndLeaveTheRest() throws Exception {
        EventLoop session = newLoop(TestTransport.NIO);
        MultipathAcceptor acceptor =
                MultipathAcceptor.builder(echo()).childGroup(session).build();
        Map<SocketAddress, EventLoop> clientLoops = new HashMap<>();
        List<Path> paths = new ArrayList<>();
        EventLoop clientSession = newLoop(TestTransport.NIO);
        for (TestTransport kind : KINDS) {
            SocketAddress address = listen(kind, newLoop(kind), acceptor);
            // The client's only subflow on its session's own loop.
            clientLoops.put(address, kind == TestTransport.NIO ? clientSession : newLoop(kind));
            paths.add(Path.of(kind.name(), address));
        }
        Recorder client = connect(clientSession, MultipathAddress.of(paths), onLoops(clientLoops));
        eventually().until(() -> acceptor.sessionCount() == 1 && serverSubflows.size() == KINDS.size());
        assertThat(loops(clientSubflows)).contains(clientSession).hasSize(KINDS.size());
        assertThat(loops(serverSubflows)).contains(session).hasSize(KINDS.size());

        echoThroughLossOfAPath(client, Peers.nextOpen(accepted).firstSubflow());
        client.channel().close().sync();
        eventually().until(() -> acceptor.sessionCount() == 0 && serverSubflows.isEmpty());
        assertThat(client.exceptions()).isEmpty();
    }

    @Test
    void shouldLeaveSubflowsOnTheListenersLoopWhenTheTransportSaysSo() throws Exception {
        EventLoop listener = newLoop(TestTransport.NIO);
        EventLoop session = newLoop(TestTransport.NIO);
        // One that is no more than it has to be: unless it says otherwise, nothing moves.
        SubflowTransport staying = new SubflowTransport() {
            private final SubflowTransport base = SubflowTransport.ofEventLoop();

            @Override
            public Future<Channel> dial(
                    EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
                return base.dial(eventLoop, remote, local, setup);
            }

            @Override
            public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
                return base.listen(eventLoop, local, setup);
            }
        };
        SocketAddress any = TestTransport.NIO.ephemeral();
        MultipathServerChannel server = (MultipathServerChannel) new ServerBootstrap()
                .group(listener, session)
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, staying.withInitializer(serverSubflows::add))
                .childHandler(echo())
                .bind(MultipathAddress.of(any, any, any))
                .sync()
                .channel();
        Recorder client = connect(newLoop(TestTransport.NIO), server.localAddress(), SubflowTransport.ofEventLoop());
        Recorder atServer = Peers.nextOpen(accepted);
        assertThat(atServer.channel().eventLoop()).isSameAs(session);
        assertThat(loops(serverSubflows)).containsExactly(listener);

        echoThroughLossOfAPath(client, atServer.firstSubflow());
        client.channel().close().sync();
        eventually().until(() -> server.sessionCount() == 0 && serverSubflows.isEmpty());
        assertThat(client.exceptions()).isEmpty();
        server.close().sync();
    }

    @Test
    void shouldGoOnWithoutTheSubflowsOfALoopThatIsShutDown() throws Exception {
        EventLoop session = newLoop(TestTransport.NIO);
        EventLoop doomedAtServer = newLoop(TestTransport.NIO);
        EventLoop doomedAtClient = newLoop(TestTransport.LOCAL);
        EventLoop staying = newLoop(TestTransport.EPOLL);
        MultipathAcceptor acceptor =
                MultipathAcceptor.builder(echo()).childGroup(staying).build();
        Map<SocketAddress, EventLoop> clientLoops = new HashMap<>();
        clientLoops.put(listen(TestTransport.NIO, doomedAtServer, acceptor), newLoop(TestTransport.NIO));
        clientLoops.put(listen(TestTransport.LOCAL, newLoop(TestTransport.LOCAL), acceptor), doomedAtClient);
        clientLoops.put(listen(TestTransport.EPOLL, staying, acceptor), newLoop(TestTransport.EPOLL));
        MultipathAddress address = MultipathAddress.of(clientLoops.keySet().toArray(SocketAddress[]::new));
        Recorder client = connect(session, address, onLoops(clientLoops));
        client.send(BYTES, WRITE_BYTES);
        eventually().until(() -> client.receivedBytes() >= BYTES / 3);

        // Without a quiet period a loop may end before it has closed its channels.
        doomedAtServer.shutdownGracefully(20, 1000, TimeUnit.MILLISECONDS);
        doomedAtClient.shutdownGracefully(20, 1000, TimeUnit.MILLISECONDS);

        client.awaitReceived(BYTES);
        client.awaitCount(SubflowEvent.Kind.REMOVED, 2);
        client.channel().close().sync();
        eventually().until(() -> acceptor.sessionCount() == 0);
        assertThat(client.exceptions()).isEmpty();
    }

    /** As Netty's loops do that are shut down without a quiet period while they are busy. */
    @Test
    void shouldGoOnWithoutTheSubflowsOfALoopThatEndsAndLeavesThemOpen() throws Exception {
        EventLoop session = newLoop(TestTransport.NIO);
        EventLoop doomed = newLoop(TestTransport.NIO);
        EventLoop server = newLoop(TestTransport.NIO);
        MultipathAcceptor acceptor =
                MultipathAcceptor.builder(echo()).childGroup(server).build();
        Map<SocketAddress, EventLoop> clientLoops = new HashMap<>();
        clientLoops.put(listen(TestTransport.NIO, server, acceptor), doomed);
        clientLoops.put(listen(TestTransport.NIO, server, acceptor), session);
        MultipathAddress address = MultipathAddress.of(clientLoops.keySet().toArray(SocketAddress[]::new));
        Recorder client = connect(session, address, onLoops(clientLoops));
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch shutDown = new CountDownLatch(1);
        doomed.submit(() -> {
            busy.countDown();
            return shutDown.await(30, TimeUnit.SECONDS);
        });
        busy.await();
        doomed.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        shutDown.countDown();
        assertThat(doomed.terminationFuture().await(30, TimeUnit.SECONDS)).isTrue();
        List<Channel> leftOpen = clientSubflows.stream()
                .filter(subflow -> subflow.eventLoop() == doomed && subflow.isOpen())
                .toList();
        // More if connecting took so long that it was tried again.
        assertThat(leftOpen).isNotEmpty();
        clientSubflows.removeAll(leftOpen);

        client.send(BYTES, WRITE_BYTES);
        client.awaitReceived(BYTES);
        client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
        assertThat(client.events(SubflowEvent.Kind.REMOVED).get(0).cause())
                .isInstanceOf(RejectedExecutionException.class);
        client.channel().close().sync();
        eventually().until(() -> acceptor.sessionCount() == 0);
        assertThat(client.exceptions()).isEmpty();
    }

    /**
     * A loop that is being shut down could take a connection, and end without closing it; or refuse it, and what is held of a
     * frame that has not come whole would be lost with its handlers.
     */
    @Test
    void shouldCloseAtOnceWhoJoinsASessionWhoseLoopIsBeingShutDown() throws Exception {
        EventLoop doomed = newLoop(TestTransport.NIO);
        MultipathAcceptor acceptor =
                MultipathAcceptor.builder(echo()).childGroup(doomed).build();
        SocketAddress address = listen(TestTransport.NIO, newLoop(TestTransport.NIO), acceptor);
        CountDownLatch atWork = new CountDownLatch(1);
        CountDownLatch joinedAndClosed = new CountDownLatch(1);
        try (RawPeer first = new RawPeer(address);
                RawPeer joining = new RawPeer(address)) {
            ConnectionId session = first.greet(ConnectionId.ZERO);
            first.speakBaseProfile();
            Peers.nextOpen(accepted).awaitCount(SubflowEvent.Kind.ADDED, 1);
            doomed.execute(() -> {
                atWork.countDown();
                awaitUninterruptibly(joinedAndClosed);
            });
            atWork.await();
            doomed.shutdownGracefully(20, 1000, TimeUnit.MILLISECONDS);

            byte[] partOfAFrame = {63, 10, Pattern.at(0)};
            joining.send(concat(RawPeer.preface(session), partOfAFrame));

            joining.awaitClosed();
            joinedAndClosed.countDown();
            first.awaitClosed();
        } finally {
            joinedAndClosed.countDown();
        }
        eventually().until(() -> acceptor.sessionCount() == 0);
    }

    private static byte[] concat(byte[] head, byte[] tail) {
        byte[] all = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, all, head.length, tail.length);
        return all;
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
