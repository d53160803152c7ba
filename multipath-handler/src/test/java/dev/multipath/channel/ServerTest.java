package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.testing.Requirement;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients can do to a server: nothing, too much, or the wrong thing. Raw sockets, so on TCP only. */
class ServerTest {

    private final Peers peers = new Peers(TestTransport.NIO);
    private final List<RawPeer> rawPeers = new ArrayList<>();

    @AfterEach
    void tearDown() throws IOException {
        for (RawPeer peer : rawPeers) {
            peer.close();
        }
        peers.close();
    }

    private RawPeer rawPeer() throws IOException {
        return rawPeer(0);
    }

    private RawPeer rawPeer(int listener) throws IOException {
        RawPeer peer = new RawPeer(listener(listener));
        rawPeers.add(peer);
        return peer;
    }

    private SocketAddress listener(int index) {
        return peers.server().localAddress().paths().get(index).remote();
    }

    @Requirement("BASE-1")
    @Test
    void shouldAnswerAPrefaceWithANewSessionAndAPing() throws Exception {
        peers.listen(Recorder::new, 1);
        RawPeer first = rawPeer();
        RawPeer second = rawPeer();
        ConnectionId one = first.greet(ConnectionId.ZERO);
        ConnectionId other = second.greet(ConnectionId.ZERO);
        assertThat(one).isNotEqualTo(ConnectionId.ZERO).isNotEqualTo(other);
        UUID name = new UUID(one.mostSignificantBits(), one.leastSignificantBits());
        assertThat(name.version()).as("all but six bits are random").isEqualTo(4);
        assertThat(first.read(2)).isEqualTo(RawPeer.EXTENDED);
        assertThat(first.read(2)).isEqualTo(RawPeer.PING);
        assertThat(peers.server().sessionCount()).isEqualTo(2);
    }

    @Requirement("BASE-2")
    @Test
    void shouldEchoTheConnectionIdOfAJoin() throws Exception {
        peers.listen(Recorder::new, 2);
        RawPeer first = rawPeer(0);
        ConnectionId session = first.greet(ConnectionId.ZERO);
        first.speakBaseProfile();
        RawPeer second = rawPeer(1);
        assertThat(second.greet(session)).isEqualTo(session);
        assertThat(second.read(2)).isEqualTo(RawPeer.PING);
        Recorder application = peers.accepted();
        application.awaitCount(SubflowEvent.Kind.ADDED, 2);
        assertThat(peers.server().sessionCount()).isEqualTo(1);
    }

    @Test
    void shouldRefuseAJoinOfAnUnknownSession() throws Exception {
        peers.listen(Recorder::new, 1);
        RawPeer peer = rawPeer();
        peer.send(RawPeer.preface(ConnectionId.of(UUID.randomUUID()))).send(RawPeer.PONG);
        assertThat(peer.read()).isEqualTo(-1);
        assertThat(peers.server().sessionCount()).isZero();
    }

    @Test
    void shouldRefuseAJoinOfASessionThatHasEnded() throws Exception {
        peers.listen(Recorder::new, 1);
        RawPeer first = rawPeer();
        ConnectionId session = first.greet(ConnectionId.ZERO);
        first.close();
        eventually().until(() -> peers.server().sessionCount() == 0);
        RawPeer late = rawPeer();
        late.send(RawPeer.preface(session)).send(RawPeer.PONG);
        assertThat(late.read()).isEqualTo(-1);
    }

    @Test
    void shouldNotLetASilentClientBlockOthers() throws Exception {
        peers.listen(Echo::new, 1);
        for (int i = 0; i < 20; i++) {
            rawPeer();
            rawPeer().send((byte) 0, (byte) 0);
        }
        Recorder client = peers.connect();
        client.send(10_000, 1000);
        client.awaitReceived(10_000);
        client.channel().close().sync();
    }

    @Requirement("ERR-5")
    @Test
    void shouldCloseASilentClientInTime() throws Exception {
        Duration timeout = Duration.ofMillis(300);
        peers.listen(peers.serverBootstrap(Recorder::new).option(MultipathChannelOption.HANDSHAKE_TIMEOUT, timeout), 1);
        long startNanos = System.nanoTime();
        RawPeer silent = rawPeer();
        RawPeer halfPreface = rawPeer();
        halfPreface.send(new byte[5]);
        silent.awaitClosed();
        halfPreface.awaitClosed();
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThanOrEqualTo(timeout);
        peers.awaitNothingLeft();
    }

    @Test
    void shouldNotTimeOutASilentSession() throws Exception {
        peers.listen(
                peers.serverBootstrap(Echo::new)
                        .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Duration.ofMillis(200)),
                1);
        Recorder client = peers.connect();
        // Another handshake that does time out tells that the time is over.
        rawPeer().awaitClosed();
        client.send(10, 10);
        client.awaitReceived(10);
    }

    @Requirement("LIM-7")
    @Test
    void shouldLimitPendingHandshakes() throws Exception {
        peers.listen(peers.serverBootstrap(Echo::new).option(MultipathChannelOption.MAX_PENDING_HANDSHAKES, 2), 1);
        RawPeer one = rawPeer();
        eventually().until(() -> peers.server().registry().pendingHandshakes() == 1);
        RawPeer two = rawPeer();
        eventually().until(() -> peers.server().registry().pendingHandshakes() == 2);
        RawPeer three = rawPeer();
        // The oldest goes, and not the newcomer.
        one.awaitClosed();
        eventually().until(() -> peers.server().registry().pendingHandshakes() == 2);

        three.greet(ConnectionId.ZERO);
        eventually().until(() -> peers.server().registry().pendingHandshakes() == 1);
        rawPeer().greet(ConnectionId.ZERO);
        two.close();
        eventually().until(() -> peers.server().registry().pendingHandshakes() == 0);
    }

    @Requirement("LIM-7")
    @Test
    void shouldLimitSessions() throws Exception {
        peers.listen(peers.serverBootstrap(Recorder::new).option(MultipathChannelOption.MAX_SESSIONS, 2), 1);
        RawPeer one = rawPeer();
        one.greet(ConnectionId.ZERO);
        RawPeer two = rawPeer();
        two.greet(ConnectionId.ZERO);
        RawPeer three = rawPeer();
        three.greet(ConnectionId.ZERO);
        // The oldest goes, and not the newcomer.
        one.awaitClosed();
        assertThat(peers.server().sessionCount()).isEqualTo(2);

        two.close();
        eventually().until(() -> peers.server().sessionCount() == 1);
        rawPeer().greet(ConnectionId.ZERO);
        assertThat(peers.server().sessionCount()).isEqualTo(2);
        assertThat(peers.server().admission().evictedSessions()).isEqualTo(1);
    }

    @Requirement("LIM-7")
    @Test
    void shouldLimitSubflowsOfASession() throws Exception {
        peers.listen(peers.serverBootstrap(Recorder::new).option(MultipathChannelOption.MAX_SUBFLOWS, 2), 1);
        RawPeer first = rawPeer();
        ConnectionId session = first.greet(ConnectionId.ZERO);
        first.speakBaseProfile();
        RawPeer second = rawPeer();
        second.greet(session);
        RawPeer refused = rawPeer();
        refused.send(RawPeer.preface(session));
        assertThat(refused.read()).isEqualTo(-1);

        second.close();
        peers.accepted().awaitCount(SubflowEvent.Kind.REMOVED, 1);
        assertThat(rawPeer().greet(session)).isEqualTo(session);
    }

    @Requirement("JOIN-1")
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LOCAL")
    void shouldTakeFramesThatComeWithThePreface(TestTransport transport) throws Exception {
        try (Peers others = new Peers(transport)) {
            others.listen(Recorder::new, 1);
            try (RawPeer peer =
                    new RawPeer(others.server().localAddress().paths().get(0).remote())) {
                // All in one segment, so that the frames are there before the session is.
                byte[] preface = RawPeer.preface(ConnectionId.ZERO);
                byte[] first = RawPeer.data(10, Pattern.at(0), Pattern.at(1));
                byte[] second = RawPeer.data(11, Pattern.at(2));
                byte[] all = new byte[preface.length + first.length + second.length];
                System.arraycopy(preface, 0, all, 0, preface.length);
                System.arraycopy(first, 0, all, preface.length, first.length);
                System.arraycopy(second, 0, all, preface.length + first.length, second.length);
                peer.send(all);
                others.accepted().awaitReceived(3);
            }
        }
    }

    @Test
    void shouldEndASessionWhoseOnlySubflowIsGoneBeforeItBegan() throws Exception {
        peers.listen(Recorder::new, 1);
        for (int i = 0; i < 50; i++) {
            RawPeer peer = rawPeer();
            peer.send(RawPeer.preface(ConnectionId.ZERO));
            peer.close();
        }
        eventually().until(() -> peers.acceptedSessions() == 50);
        peers.awaitNothingLeft();
    }

    @Test
    void shouldKeepSessionsWhenTheListenersClose() throws Exception {
        peers.listen(Echo::new, 2);
        Recorder client = peers.connect();
        peers.server().close().sync();
        client.send(100_000, 1000);
        client.awaitReceived(100_000);
        client.channel().close().sync();
        peers.awaitNothingLeft();
        assertThat(peers.server().isOpen()).isFalse();
    }

    @Test
    void shouldCloseHandshakesWithTheListeners() throws Exception {
        peers.listen(Recorder::new, 1);
        RawPeer silent = rawPeer();
        eventually().until(() -> peers.server().registry().pendingHandshakes() == 1);
        peers.server().close().sync();
        silent.awaitClosed();
        peers.awaitNothingLeft();
    }

    @Test
    void shouldGiveNoSessionUnlessAskedWhenAutoReadIsOff() throws Exception {
        ServerBootstrap bootstrap = peers.serverBootstrap(Recorder::new).option(ChannelOption.AUTO_READ, false);
        peers.listen(bootstrap, 1);
        RawPeer peer = rawPeer();
        peer.send(RawPeer.preface(ConnectionId.ZERO));
        // The connection is taken, since it could join a session that is there already; what it asks for waits.
        eventually().until(() -> peers.server().sessionCount() == 1);
        peers.server().eventLoop().submit(() -> {}).sync();
        assertThat(peers.acceptedSessions()).isZero();

        peers.server().read();
        peers.accepted();
        assertThat(peers.server().sessionCount()).isEqualTo(1);
    }

    @Test
    void shouldKnowItsAddressesWhenASessionBecomesActive() throws Exception {
        List<SocketAddress> seen = new ArrayList<>();
        peers.listen(
                () -> new Recorder() {
                    @Override
                    public void channelActive(io.netty.channel.ChannelHandlerContext ctx) {
                        seen.add(ctx.channel().remoteAddress());
                        seen.add(ctx.channel().localAddress());
                    }
                },
                1);
        rawPeer().greet(ConnectionId.ZERO);
        peers.accepted();
        assertThat(seen).hasSize(2).doesNotContainNull();
    }
}
