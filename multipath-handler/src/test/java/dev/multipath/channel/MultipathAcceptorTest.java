package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ResetFrame;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.session.SessionResetException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions over connections that servers of somebody else have accepted, each on a loop of its own. */
class MultipathAcceptorTest {

    private static final int BYTES = 3_000_000;
    private static final int WRITE_BYTES = 7000;

    private final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
    private final List<SocketAddress> listeners = new ArrayList<>();
    private final List<RawPeer> rawPeers = new ArrayList<>();
    private Peers peers = new Peers(TestTransport.NIO);
    private MultipathAcceptor acceptor;

    @AfterEach
    void tearDown() throws IOException {
        for (RawPeer peer : rawPeers) {
            peer.close();
        }
        peers.close();
        if (acceptor != null) {
            assertThat(acceptor.sessionCount()).as("sessions").isZero();
            assertThat(acceptor.host().sessions().pendingHandshakes())
                    .as("handshakes")
                    .isZero();
        }
    }

    private MultipathAcceptor.Builder builder() {
        return MultipathAcceptor.builder(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel session) {
                Recorder application = new Echo();
                session.pipeline().addLast(application);
                accepted.add(application);
            }
        });
    }

    /** Two servers, of which the first runs its connections on the listeners' loop and the second on the sessions'. */
    private void listen(MultipathAcceptor newAcceptor) throws Exception {
        acceptor = newAcceptor;
        listen(new ServerBootstrap().group(peers.listenerGroup));
        listen(new ServerBootstrap().group(peers.sessionGroup));
    }

    private void listen(ServerBootstrap server) throws Exception {
        listeners.add(server.channelFactory(peers.transport::newServerChannel)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        peers.serverSubflows.add(connection);
                        connection.pipeline().addLast(new MultipathServerHandler(acceptor));
                    }
                })
                .bind(peers.transport.ephemeral())
                .sync()
                .channel()
                .localAddress());
    }

    private MultipathAddress address() {
        return MultipathAddress.of(listeners.stream().map(Path::of).toList());
    }

    private Recorder connect() throws Exception {
        Recorder client = new Recorder();
        peers.clientBootstrap(client).connect(address()).sync();
        client.awaitCount(SubflowEvent.Kind.ADDED, listeners.size());
        return client;
    }

    private Recorder accepted() throws InterruptedException {
        return accepted.poll(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private RawPeer rawPeer(int listener) throws IOException {
        RawPeer peer = new RawPeer(listeners.get(listener));
        rawPeers.add(peer);
        return peer;
    }

    @Test
    void shouldDrain() throws Exception {
        listen(builder().build());
        Recorder client = connect();
        Future<Integer> drained = acceptor.drain(Duration.ofHours(1));
        assertThatThrownBy(() -> acceptor.drain(Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        ChannelFuture refused =
                peers.clientBootstrap(new Recorder()).connect(address()).await();
        assertThat(refused.cause().getSuppressed()[0].getCause())
                .isInstanceOfSatisfying(SessionResetException.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(ResetFrame.GOING_AWAY));
        client.send(BYTES, WRITE_BYTES);
        client.awaitReceived(BYTES);
        assertThat(drained.isDone()).isFalse();

        client.channel().close().sync();
        assertThat(drained.sync().getNow()).isZero();
        assertThat(client.exceptions()).isEmpty();
    }

    @Test
    void shouldEndWhatIsLeftWhenTheTimeToDrainIsOver() throws Exception {
        listen(builder().build());
        Recorder client = connect();
        int sessions = acceptor.sessionCount();

        assertThat(acceptor.drain(Duration.ZERO).sync().getNow()).isBetween(1, sessions);

        client.awaitInactive();
        assertThat(client.exceptions()).singleElement().isInstanceOf(SessionResetException.class);
    }

    @ParameterizedTest
    @EnumSource
    void shouldMakeOneSessionOfConnectionsToTwoServers(TestTransport transport) throws Exception {
        peers.close();
        peers = new Peers(transport);
        listen(builder().build());
        Recorder client = connect();
        client.send(BYTES, WRITE_BYTES);
        client.awaitReceived(BYTES);
        // More only until a client that asked over both paths at once has dropped what it asked for twice.
        eventually().until(() -> acceptor.sessionCount() == 1 && peers.serverSubflows.size() == 2);

        client.channel().close().sync();
        eventually().until(() -> acceptor.sessionCount() == 0);
        eventually().until(peers.serverSubflows::isEmpty);
    }

    @Test
    void shouldKeepTheSessionOnTheLoopOfItsFirstConnection() throws Exception {
        listen(builder().build());
        RawPeer first = rawPeer(0);
        ConnectionId id = first.greet(ConnectionId.ZERO);
        // What tells that it speaks the base profile, in which others may join.
        first.send(RawPeer.PONG);
        Recorder session = accepted();
        rawPeer(1).greet(id);
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);

        EventLoop loop = peers.listenerGroup.next();
        assertThat(session.channel().eventLoop()).isSameAs(loop);
        assertThat(session.channel().parent()).isInstanceOf(ServerChannel.class);
        assertThat(session.channel().config().getOption(MultipathChannelOption.SCHEDULER))
                .isNotNull();
        assertThatCollection(peers.serverSubflows).allMatch(subflow -> subflow.eventLoop() == loop);
    }

    @Test
    void shouldPutSessionsWithTheirSubflowsOnTheGroupThatIsGiven() throws Exception {
        listen(builder().childGroup(peers.sessionGroup).build());
        rawPeer(0).greet(ConnectionId.ZERO);
        EventLoop given = peers.sessionGroup.next();
        assertThat(accepted().channel().eventLoop()).isSameAs(given);
        assertThatCollection(peers.serverSubflows).allMatch(subflow -> subflow.eventLoop() == given);
    }

    @Test
    void shouldLeaveConnectionsWithHandlersOfOthersOnTheirLoop() throws Exception {
        listen(builder().childGroup(peers.sessionGroup).build());
        listeners.clear();
        listen(new ServerBootstrap().group(peers.listenerGroup).handler(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object connection) {
                ((Channel) connection).pipeline().addLast(new ChannelInboundHandlerAdapter());
                ctx.fireChannelRead(connection);
            }
        }));
        Recorder client = connect();
        client.send(BYTES, WRITE_BYTES);
        client.awaitReceived(BYTES);
        assertThat(accepted().channel().eventLoop()).isSameAs(peers.sessionGroup.next());
        assertThatCollection(peers.serverSubflows)
                .isNotEmpty()
                .allMatch(subflow -> subflow.eventLoop() == peers.listenerGroup.next());
        client.channel().close().sync();
    }

    @Test
    void shouldSetTheOptionsOfSessions() throws Exception {
        listen(builder()
                .childOption(MultipathChannelOption.SEND_BUFFER_BYTES, 123_456)
                .childOption(ChannelOption.AUTO_READ, false)
                .build());
        rawPeer(0).greet(ConnectionId.ZERO);
        Channel session = accepted().channel();
        assertThat(session.config().getOption(MultipathChannelOption.SEND_BUFFER_BYTES))
                .isEqualTo(123_456);
        assertThat(session.config().isAutoRead()).isFalse();
    }

    @Test
    void shouldRefuseOptionsThatAreNotItsOwnAndValuesThatNoSessionCanHave() {
        MultipathAcceptor.Builder builder = builder();
        assertThatThrownBy(() -> builder.option(MultipathChannelOption.SEND_BUFFER_BYTES, 1 << 20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("childOption");
        assertThatThrownBy(() -> builder.childOption(MultipathChannelOption.SEND_BUFFER_BYTES, -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.option(MultipathChannelOption.MAX_SUBFLOWS, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldLimitSessionsOverAllItsServers() throws Exception {
        listen(builder().option(MultipathChannelOption.MAX_SESSIONS, 1).build());
        RawPeer first = rawPeer(0);
        first.greet(ConnectionId.ZERO);
        RawPeer second = rawPeer(1);
        second.greet(ConnectionId.ZERO);
        first.awaitClosed();
        assertThat(acceptor.sessionCount()).isEqualTo(1);
        assertThat(acceptor.admission().evictedSessions()).isEqualTo(1);
        second.close();
        eventually().until(() -> acceptor.sessionCount() == 0);
        rawPeer(1).greet(ConnectionId.ZERO);
    }

    @Test
    void shouldLimitPendingHandshakesOverAllItsServers() throws Exception {
        listen(builder()
                .option(MultipathChannelOption.MAX_PENDING_HANDSHAKES, 1)
                .build());
        RawPeer silent = rawPeer(0);
        eventually().until(() -> acceptor.host().sessions().pendingHandshakes() == 1);
        RawPeer newcomer = rawPeer(1);
        silent.awaitClosed();
        newcomer.greet(ConnectionId.ZERO);
        eventually().until(() -> acceptor.host().sessions().pendingHandshakes() == 0);
        rawPeer(1).greet(ConnectionId.ZERO);
    }

    @Test
    void shouldCloseASilentConnectionInTime() throws Exception {
        listen(builder()
                .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Duration.ofMillis(200))
                .build());
        rawPeer(0).awaitClosed();
    }

    @Test
    void shouldTakeNoMoreConnectionsWhenItIsClosedAndLetSessionsGoOn() throws Exception {
        listen(builder().build());
        Recorder client = connect();
        RawPeer silent = rawPeer(0);
        eventually().until(() -> acceptor.host().sessions().pendingHandshakes() == 1);

        acceptor.close();

        silent.awaitClosed();
        rawPeer(1).send(RawPeer.preface(ConnectionId.ZERO)).awaitClosed();
        client.send(BYTES, WRITE_BYTES);
        client.awaitReceived(BYTES);
        client.channel().close().sync();
    }

    @Test
    void shouldRefuseASessionThatCannotBeStarted() throws Exception {
        // Not sharable: for one session only.
        listen(MultipathAcceptor.builder(new Echo()).build());
        rawPeer(0).greet(ConnectionId.ZERO);
        rawPeer(1).send(RawPeer.preface(ConnectionId.ZERO)).awaitClosed();
        eventually().until(() -> acceptor.sessionCount() == 1);
    }

    /** It gives its place to the next one, which is the only one there is. */
    @Test
    void shouldForgetASessionThatCannotBeMade() throws Exception {
        AtomicBoolean broken = new AtomicBoolean(true);
        listen(builder()
                .option(MultipathChannelOption.MAX_SESSIONS, 1)
                .childOption(MultipathChannelOption.SCHEDULER, () -> {
                    if (broken.get()) {
                        throw new IllegalStateException("no scheduler");
                    }
                    return new LowestRttScheduler();
                })
                .build());
        rawPeer(0).send(RawPeer.preface(ConnectionId.ZERO)).awaitClosed();
        eventually().until(() -> acceptor.sessionCount() == 0);
        eventually().until(peers.serverSubflows::isEmpty);

        broken.set(false);
        Recorder client = connect();
        client.send(BYTES, WRITE_BYTES);
        client.awaitReceived(BYTES);
        client.channel().close().sync();
    }
}
