package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;

import dev.multipath.codec.ConnectionId;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.PathHistory;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.SocketAddress;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A server and clients in one process, with separate event loops for listeners, sessions and clients; and a view of every
 * subflow. {@link #close()} checks that nothing is left of them.
 */
final class Peers implements AutoCloseable {

    final TestTransport transport;
    final EventLoopGroup listenerGroup;
    final EventLoopGroup sessionGroup;
    final EventLoopGroup clientGroup;

    /** The open channels beneath; those that close leave by themselves. */
    final ChannelGroup clientSubflows = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    final ChannelGroup serverSubflows = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    private final ChannelGroup clientSessions = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
    private MultipathServerChannel server;

    Peers(TestTransport transport) {
        this.transport = transport;
        listenerGroup = transport.newGroup(1);
        sessionGroup = transport.newGroup(1);
        clientGroup = transport.newGroup(1);
    }

    /**
     * A bootstrap whose sessions each get an application of that kind, to be taken by {@link #accepted()}. Handshakes may take
     * as long as a busy machine needs, here and in {@link #clientBootstrap}.
     */
    ServerBootstrap serverBootstrap(Supplier<? extends Recorder> application) {
        return serverBootstrap(application, sessionGroup);
    }

    /** As that, with the sessions on another group. */
    ServerBootstrap serverBootstrap(Supplier<? extends Recorder> application, EventLoopGroup sessions) {
        return new ServerBootstrap()
                .group(listenerGroup, sessions)
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, tracking(serverSubflows))
                // Before anybody's patience is at its end: of a local channel that is closed while it connects, the
                // server's may
                // never hear, and is there until then.
                .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Waiting.PATIENCE.dividedBy(2))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        Recorder recorder = application.get();
                        session.pipeline().addLast(recorder);
                        accepted.add(recorder);
                    }
                });
    }

    /** Listens on so many addresses. */
    MultipathServerChannel listen(ServerBootstrap bootstrap, int addresses) throws InterruptedException {
        SocketAddress[] locals =
                Collections.nCopies(addresses, transport.ephemeral()).toArray(SocketAddress[]::new);
        return listenOn(bootstrap, MultipathAddress.of(locals));
    }

    MultipathServerChannel listenOn(ServerBootstrap bootstrap, MultipathAddress address) throws InterruptedException {
        server = (MultipathServerChannel) bootstrap.bind(address).sync().channel();
        return server;
    }

    MultipathServerChannel listen(Supplier<? extends Recorder> application, int addresses) throws InterruptedException {
        return listen(serverBootstrap(application), addresses);
    }

    MultipathServerChannel server() {
        return server;
    }

    Bootstrap clientBootstrap(ChannelHandler application) {
        return new Bootstrap()
                .group(clientGroup)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.PATH_HISTORY, new PathHistory())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Waiting.PATIENCE.toMillis())
                // Of joins: the default of ten seconds is not enough everywhere.
                .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Waiting.PATIENCE)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, tracking(clientSubflows))
                .handler(application);
    }

    static SubflowTransport tracking(ChannelGroup group) {
        return SubflowTransport.ofEventLoop().withInitializer(group::add);
    }

    /** Connects over all paths that the server listens on, and waits until all have joined at both ends. */
    Recorder connect() throws InterruptedException {
        Recorder client = new Recorder();
        connect(clientBootstrap(client));
        return client;
    }

    /** As {@link #connect()}, with a bootstrap whose application is a {@link Recorder}. */
    MultipathChannel connect(Bootstrap bootstrap) throws InterruptedException {
        MultipathAddress address = server.localAddress();
        MultipathChannel session =
                (MultipathChannel) bootstrap.connect(address).sync().channel();
        Recorder client = session.pipeline().get(Recorder.class);
        clientSessions.add(session);
        eventually().until(() -> client.joinedPaths() == address.paths().size());
        awaitSessions(clientSessions.size());
        return session;
    }

    /**
     * Waits until the server has no more sessions than that. On a busy machine an answer may come so late that the client
     * has asked on another path too; of the sessions that this opens it keeps one, and the others end at once.
     */
    void awaitSessions(int sessions) {
        eventually().untilAsserted(() -> assertThat(server.sessionCount()).isLessThanOrEqualTo(sessions));
    }

    /** A session with an {@link Echo} is all that one should be, whatever carries its two subflows, to its end in order. */
    void assertCarriesSession(Recorder client, long bytes) throws InterruptedException {
        client.send(bytes, 50_000);
        client.awaitReceived(bytes);
        Recorder server = accepted();
        assertThat(serverSubflows.stream().filter(subflow -> subflow.parent() != null))
                .hasSize(2)
                .allSatisfy(subflow -> assertThat(
                                subflow.eventLoop() == server.channel().eventLoop())
                        .as("on the session's loop")
                        .isEqualTo(transport.movesSubflows()));
        client.channel().close().sync();
        server.awaitInactive();
        awaitNothingLeft();
        assertThat(client.exceptions()).isEmpty();
        assertThat(server.exceptions()).isEmpty();
    }

    /** The application of the next session that the server has accepted and that is still there. */
    Recorder accepted() throws InterruptedException {
        return nextOpen(accepted);
    }

    /** The application of the client's own session: a path that lost the race may have opened another, which is about to go. */
    Recorder accepted(Recorder client) throws InterruptedException {
        ConnectionId own = client.session().snapshot().connectionId();
        Recorder next;
        do {
            next = accepted();
        } while (!next.session().snapshot().connectionId().equals(own));
        return next;
    }

    /** The next of these whose session is still there. */
    static Recorder nextOpen(BlockingQueue<Recorder> accepted) throws InterruptedException {
        Recorder recorder;
        do {
            recorder = accepted.poll(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(recorder).as("an accepted session").isNotNull();
        } while (!recorder.channel().isOpen());
        return recorder;
    }

    int acceptedSessions() {
        return accepted.size();
    }

    List<EventLoopGroup> groups() {
        return List.of(listenerGroup, sessionGroup, clientGroup);
    }

    /** Waits until nothing is left of any session: no entry at the server, no channel, no handshake. */
    void awaitNothingLeft() {
        eventually().untilAsserted(() -> {
            assertThat(server.sessionCount()).as("sessions").isZero();
            assertThat(server.registry().pendingHandshakes()).as("handshakes").isZero();
            assertThatCollection(clientSubflows).as("clients' subflows").isEmpty();
            assertThatCollection(serverSubflows).as("server's subflows").isEmpty();
        });
    }

    @Override
    public void close() {
        if (transport == TestTransport.IO_URING) {
            closeSubflows();
        }
        groups().forEach(transport::shutDown);
        groups().forEach(group -> assertThat(group.terminationFuture()
                        .awaitUninterruptibly(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .as(() -> "the event loops have ended; " + stacks())
                .isTrue());
        eventually().untilAsserted(() -> {
            assertThatCollection(clientSubflows).as("clients' subflows").isEmpty();
            assertThatCollection(serverSubflows).as("server's subflows").isEmpty();
            if (server != null) {
                assertThat(server.sessionCount()).as("sessions").isZero();
            }
        });
    }

    /** What the event loops do, and who notifies of their end. It was missed once in 500 times under load, or while the process was stopped. */
    private static String stacks() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().matches(".*(EventLoop|EventExecutor).*"))
                .map(thread -> thread.getKey() + " " + thread.getKey().getState() + " " + List.of(thread.getValue()))
                .collect(Collectors.joining(System.lineSeparator()));
    }

    /**
     * Not for the sake of sessions, but of the JVM: {@code IoUringIoHandler.destroy()} of Netty 4.2.17 frees the buffer for its
     * eventfd, and the kernel may write to it afterwards if anything was open when the loop was shut down, a plain listener
     * is enough. {@code GroupShutdownTest} shows that loops with open sessions end.
     */
    private void closeSubflows() {
        if (server != null && server.isOpen()) {
            server.close().syncUninterruptibly();
        }
        serverSubflows.forEach(Channel::close);
        clientSubflows.forEach(Channel::close);
        eventually().untilAsserted(() -> {
            assertThatCollection(clientSubflows).as("clients' subflows").isEmpty();
            assertThatCollection(serverSubflows).as("server's subflows").isEmpty();
        });
    }

    /** Cuts a subflow, unless it has been closed meanwhile: another one may have taken its place. */
    static void reset(Channel subflow) {
        try {
            subflow.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            assertThat(subflow.isOpen()).isFalse();
        }
        subflow.close();
    }
}
