package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ResetFrame;
import dev.multipath.codec.UnexpectedCidException;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.testing.Requirement;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may join a session of the extended profile: only its client, and only once. Everybody else leaves no trace in it. */
class JoinTest {

    private static final int ADDRESS = 7;

    private final Peers peers = new Peers(TestTransport.NIO);
    private final List<RawExtendedPeer> rawPeers = new ArrayList<>();

    private RawExtendedPeer first;
    private ConnectionId connectionId;
    private byte[] key;
    private Recorder session;

    @AfterEach
    void tearDown() throws IOException {
        for (RawExtendedPeer peer : rawPeers) {
            peer.close();
        }
        peers.close();
    }

    private RawExtendedPeer rawPeer() throws IOException {
        RawExtendedPeer peer =
                new RawExtendedPeer(peers.server().localAddress().paths().get(0).remote());
        rawPeers.add(peer);
        return peer;
    }

    private void openSession() throws Exception {
        openSession(peers.serverBootstrap(Recorder::new));
    }

    private void openSession(ServerBootstrap bootstrap) throws Exception {
        peers.listen(bootstrap, 1);
        first = rawPeer();
        connectionId = first.greet();
        key = first.learnKey();
        first.sendHello();
        session = peers.accepted();
        session.awaitCount(SubflowEvent.Kind.ADDED, 1);
    }

    /** The intruder is out, nobody has noticed, and the session goes on and takes its client's next subflow. */
    private void assertRefused(RawExtendedPeer intruder, int freePathId) throws Exception {
        intruder.raw().awaitClosed();
        int before = (int) session.receivedBytes();
        long added = session.count(SubflowEvent.Kind.ADDED);
        first.raw().send(RawPeer.data(10 + before, Pattern.at(before)));
        session.awaitReceived(before + 1);
        assertThat(session.session().stats().paths()).hasSize((int) added);
        assertThat(session.session().remoteAddress().paths())
                .hasSize((int) (added - session.count(SubflowEvent.Kind.REMOVED)));
        rawPeer().join(connectionId, key, freePathId);
        session.awaitCount(SubflowEvent.Kind.ADDED, added + 1);
        assertThat(session.exceptions()).isEmpty();
    }

    @Test
    void shouldLetInWhoHasTheKey() throws Exception {
        openSession();
        RawExtendedPeer second = rawPeer();
        RawExtendedPeer.Challenge challenge = second.request(connectionId, 1).challenge();
        assertThat(challenge.mac())
                .as("the server proves itself too")
                .isEqualTo(RawExtendedPeer.mac(key, 'S', connectionId, 1, challenge.nonce()));
        second.respond(RawExtendedPeer.mac(key, 'C', connectionId, 1, challenge.nonce()))
                .sendHello();
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);
        second.raw().send(RawPeer.data(10, Pattern.at(0)));
        session.awaitReceived(1);
    }

    @Test
    void shouldRefuseWhoKnowsTheNameOnly() throws Exception {
        openSession();
        byte[] guess = new byte[32];
        new Random(1).nextBytes(guess);
        RawExtendedPeer intruder = rawPeer();
        RawExtendedPeer.Challenge challenge = intruder.request(connectionId, 1).challenge();
        intruder.respond(RawExtendedPeer.mac(guess, 'C', connectionId, 1, challenge.nonce()));
        assertRefused(intruder, 1);
    }

    @Test
    void shouldRefuseAReplayedTranscript() throws Exception {
        openSession();
        RawExtendedPeer second = rawPeer();
        RawExtendedPeer.Challenge challenge = second.request(connectionId, 1).challenge();
        byte[] recorded = RawExtendedPeer.mac(key, 'C', connectionId, 1, challenge.nonce());
        second.respond(recorded).sendHello();
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);
        second.close();
        session.awaitCount(SubflowEvent.Kind.REMOVED, 1);

        RawExtendedPeer sameId = rawPeer().request(connectionId, 1);
        sameId.raw().awaitClosed();
        RawExtendedPeer otherId = rawPeer();
        otherId.request(connectionId, 2).challenge();
        otherId.respond(recorded);
        assertRefused(otherId, 2);
    }

    @Test
    void shouldRefuseTheServersOwnProof() throws Exception {
        openSession();
        RawExtendedPeer intruder = rawPeer();
        intruder.respond(intruder.request(connectionId, 1).challenge().mac());
        assertRefused(intruder, 1);
    }

    @Test
    void shouldRefuseFramesBeforeTheProof() throws Exception {
        openSession();
        RawExtendedPeer intruder = rawPeer().request(connectionId, 1);
        intruder.raw().send(RawPeer.data(10, (byte) 99));
        assertRefused(intruder, 1);
    }

    @Test
    void shouldRefuseAJoinOfTheBaseProfile() throws Exception {
        openSession();
        RawExtendedPeer intruder = rawPeer();
        intruder.raw().greet(connectionId);
        intruder.raw().send(RawPeer.PONG);
        assertRefused(intruder, 1);
    }

    @Test
    void shouldCloseWhoTakesTooLongToProveItself() throws Exception {
        openSession(peers.serverBootstrap(Recorder::new)
                .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Duration.ofMillis(500)));
        assertRefused(rawPeer().request(connectionId, 1), 1);
    }

    @Requirement("JOIN-12")
    @Test
    void shouldNotCountSubflowsThatHaveNotProvedThemselves() throws Exception {
        openSession(peers.serverBootstrap(Recorder::new).option(MultipathChannelOption.MAX_SUBFLOWS, 2));
        for (int i = 0; i < 4; i++) {
            rawPeer().request(connectionId, 1).challenge();
        }
        assertThat(session.session().stats().paths()).hasSize(1);
        rawPeer().join(connectionId, key, 1);
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);
        // The preface is enough: the session is full.
        rawPeer().raw().send(RawPeer.preface(connectionId)).awaitClosed();
        assertThat(session.count(SubflowEvent.Kind.ADDED)).isEqualTo(2);
    }

    @Requirement("NEG-5")
    @Test
    void shouldLetAJoinWaitUntilThereIsAKey() throws Exception {
        peers.listen(Recorder::new, 1);
        first = rawPeer();
        connectionId = first.greet();
        RawExtendedPeer early = rawPeer().request(connectionId, 1);
        session = peers.accepted();
        key = first.learnKey();
        first.sendHello();
        RawExtendedPeer.Challenge challenge = early.challenge();
        early.respond(RawExtendedPeer.mac(key, 'C', connectionId, 1, challenge.nonce()))
                .sendHello();
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);
    }

    @Test
    void shouldRefuseAJoinThatWillNeverHaveAKey() throws Exception {
        peers.listen(Recorder::new, 1);
        first = rawPeer();
        connectionId = first.greet();
        RawExtendedPeer early = rawPeer().request(connectionId, 1);
        first.close();
        early.raw().awaitClosed();
        peers.awaitNothingLeft();
    }

    @Requirement("JOIN-13")
    @Test
    void shouldRefuseJoinsOfABaseSessionIfTheyMustBeAuthenticated() throws Exception {
        peers.listen(
                peers.serverBootstrap(Recorder::new).option(MultipathChannelOption.REQUIRE_AUTHENTICATED_JOINS, true),
                1);
        first = rawPeer();
        connectionId = first.raw().greet(ConnectionId.ZERO);
        first.raw().speakBaseProfile();
        RawExtendedPeer second = rawPeer();
        second.raw().send(RawPeer.preface(connectionId));
        assertThat(second.raw().read()).isEqualTo(-1);
        session = peers.accepted();
        first.raw().send(RawPeer.data(10, Pattern.at(0)));
        session.awaitReceived(1);
        assertThat(session.count(SubflowEvent.Kind.ADDED)).isEqualTo(1);
    }

    @Requirement("RES-6")
    @Test
    void shouldTellAnExtendedClientThatItsSessionIsUnknown() throws Exception {
        peers.listen(Recorder::new, 1);
        connectionId = new ConnectionId(3, 4);
        RawExtendedPeer peer = rawPeer().request(connectionId, 1);
        assertThat(peer.raw().read(17)).isEqualTo(RawPeer.preface(connectionId));
        assertThat(peer.raw().read(2)).isEqualTo(RawPeer.EXTENDED);
        assertThat(peer.readFrame(RawExtendedPeer.RESET)).containsExactly((byte) ResetFrame.UNKNOWN_SESSION);
        assertThat(peer.raw().read()).isEqualTo(-1);
        peer.close();
        peers.awaitNothingLeft();
    }

    /** The client got the key, but its own HELLO was lost with the subflow: it is sent on every one. */
    @Test
    void shouldGoOnWhenTheClientsFirstHelloWasLost() throws Exception {
        peers.listen(Recorder::new, 1);
        first = rawPeer();
        connectionId = first.greet();
        key = first.learnKey();
        session = peers.accepted();
        first.close();
        session.awaitCount(SubflowEvent.Kind.REMOVED, 1);
        RawExtendedPeer second = rawPeer().join(connectionId, key, 1);
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);
        second.raw().send(RawPeer.data(10, Pattern.at(0)));
        session.awaitReceived(1);
        assertThat(session.isInactive()).isFalse();
    }

    @Test
    void shouldTryTheNextPathWhenTheServersHelloIsLost() throws Exception {
        byte[] preface = RawPeer.preface(new ConnectionId(1, 2));
        byte[] greeting = java.util.Arrays.copyOf(preface, preface.length + 2);
        greeting[preface.length + 1] = RawPeer.EXTENDED[1];
        try (RawPeer.Listener silent = RawPeer.Listener.answering(greeting)) {
            peers.listen(Echo::new, 1);
            Recorder client = new Recorder();
            List<Path> paths = new ArrayList<>();
            paths.add(Path.of(silent.address()));
            paths.addAll(peers.server().localAddress().paths());
            peers.clientBootstrap(client).connect(MultipathAddress.of(paths)).sync();
            client.send(1000, 100);
            client.awaitReceived(1000);
            assertThat(client.events(SubflowEvent.Kind.ADDED))
                    .singleElement()
                    .satisfies(event -> assertThat(event.path()).isEqualTo(paths.get(1)));
        }
    }

    /** Behind one of the addresses is another server: one that knows no such session, or a Go server, which says nothing. */
    @Requirement("NEG-8")
    @Test
    void shouldNotTakeAnotherServersSubflow() throws Exception {
        try (Peers others = new Peers(TestTransport.NIO);
                RawPeer.Listener goLike = RawPeer.Listener.echoingPreface(RawPeer.PING)) {
            peers.listen(Echo::new, 1);
            others.listen(Echo::new, 1);
            Recorder client = new Recorder();
            List<Path> paths = new ArrayList<>(peers.server().localAddress().paths());
            paths.addAll(others.server().localAddress().paths());
            paths.add(Path.of(goLike.address()));
            MultipathChannel channel = (MultipathChannel) peers.clientBootstrap(client)
                    .connect(MultipathAddress.of(paths))
                    .sync()
                    .channel();
            eventually().until(() -> channel.stats().paths().stream()
                    .allMatch(path -> path.label().equals(paths.get(0).label())
                            || (path.failures() > 0 && path.successes() == 0)));
            client.send(1000, 100);
            client.awaitReceived(1000);
            assertThat(client.count(SubflowEvent.Kind.ADDED)).isEqualTo(1);
            assertThat(client.count(SubflowEvent.Kind.REMOVED)).isZero();
            assertThat(others.acceptedSessions()).isZero();
            assertThat(client.exceptions()).isEmpty();
            client.channel().close().sync();
        }
    }

    @Requirement({"JOIN-2", "ERR-6"})
    @Test
    void shouldCloseASubflowWhoseEchoNamesAnotherSession() throws Exception {
        byte[] greeting = java.util.Arrays.copyOf(RawPeer.preface(new ConnectionId(5, 6)), 19);
        greeting[18] = RawPeer.EXTENDED[1];
        try (RawPeer.Listener other = RawPeer.Listener.answering(greeting)) {
            peers.listen(Echo::new, 1);
            Recorder client = peers.connect();

            assertThatThrownBy(() ->
                            client.session().addPath(Path.of(other.address())).sync())
                    .isInstanceOf(UnexpectedCidException.class);

            client.send(1000, 100);
            client.awaitReceived(1000);
            eventually().until(() -> peers.clientSubflows.size() == 1);
        }
    }

    /** Nobody else decides whom a server connects to. */
    @Requirement("PATH-1")
    @Test
    void shouldOnlyTellTheServersApplicationOfAnAddressThatItsClientAnnounces() throws Exception {
        BlockingQueue<AddressEvent> addresses = new LinkedBlockingQueue<>();
        try (ServerSocketChannel bait = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0))) {
            openSession(peers.serverBootstrap(() -> new Recorder() {
                        @Override
                        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                            super.userEventTriggered(ctx, event);
                            if (event instanceof AddressEvent address) {
                                addresses.add(address);
                            }
                        }
                    })
                    .childOption(MultipathChannelOption.ADDRESS_POLICY, AddressPolicy.ALL));
            InetSocketAddress address = (InetSocketAddress) bait.getLocalAddress();
            int port = address.getPort();
            byte[] payload = {1, 1, 1, 4, 127, 0, 0, 1, (byte) (port >> 8), (byte) port};
            first.raw().send(RawExtendedPeer.frame(ADDRESS, payload));

            AddressEvent told = addresses.poll(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(told).isEqualTo(new AddressEvent(AddressEvent.Kind.ADDED, address));
            // By the time that this has come a dial would have begun, and loopback connects at once.
            first.raw().send(RawPeer.data(10, Pattern.at(0)));
            session.awaitReceived(1);
            bait.configureBlocking(false);
            assertThat(bait.accept()).isNull();
            assertThat(session.session().subflows()).hasSize(1);
        }
    }
}
