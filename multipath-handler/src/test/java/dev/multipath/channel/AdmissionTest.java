package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.admission.SourceQuota;
import dev.multipath.admission.Standing;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ResetFrame;
import dev.multipath.session.SessionResetException;
import dev.multipath.testing.Requirement;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who gets a place at a server when there are too few, who loses his, and what both ends hear of it. */
class AdmissionTest {

    private final Peers peers = new Peers(TestTransport.NIO);
    private final List<RawPeer> rawPeers = new ArrayList<>();

    private RawExtendedPeer first;
    private ConnectionId connectionId;
    private byte[] key;
    private Recorder session;

    @AfterEach
    void tearDown() throws IOException {
        for (RawPeer peer : rawPeers) {
            peer.close();
        }
        peers.close();
    }

    private SocketAddress address() {
        return peers.server().localAddress().paths().get(0).remote();
    }

    private RawPeer rawPeer() throws IOException {
        RawPeer peer = new RawPeer(address());
        rawPeers.add(peer);
        return peer;
    }

    private RawPeer rawPeerFrom(String host) throws IOException {
        RawPeer peer = new RawPeer(new InetSocketAddress(host, 0), address());
        rawPeers.add(peer);
        return peer;
    }

    private void openSession(ServerBootstrap bootstrap) throws Exception {
        peers.listen(bootstrap, 1);
        first = new RawExtendedPeer(rawPeer());
        connectionId = first.greet();
        key = first.learnKey();
        first.sendHello();
        session = peers.accepted();
    }

    private ServerBootstrap echo() {
        return peers.serverBootstrap(Echo::new);
    }

    /** Carries a little all the time. */
    private static ScheduledFuture<?> keepSending(Recorder client) {
        return client.channel()
                .eventLoop()
                .scheduleAtFixedRate(() -> client.send(100, 100), 0, 20, TimeUnit.MILLISECONDS);
    }

    private static SessionResetException resetOf(Throwable thrown) {
        for (Throwable path : thrown.getSuppressed()) {
            if (path.getCause() instanceof SessionResetException reset) {
                return reset;
            }
        }
        throw new AssertionError("no reset", thrown);
    }

    @Requirement("LIM-10")
    @Test
    void shouldTellAClientThatAllPlacesAreEarned() throws Exception {
        peers.listen(echo().option(MultipathChannelOption.MAX_SESSIONS, 1), 1);
        Recorder client = peers.connect();
        client.send(1_000_000, 50_000);
        keepSending(client);
        MultipathChannel session = (MultipathChannel) peers.accepted().channel();
        // It has carried enough for minutes; now it has to live for a while.
        long enoughNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
        eventually()
                .until(() -> System.nanoTime() > enoughNanos
                        && session.accepted().standing().standing() == Standing.EARNED);

        ChannelFuture refused =
                peers.clientBootstrap(new Recorder()).connect(peers.server().localAddress());
        assertThat(refused.await(60, TimeUnit.SECONDS)).isTrue();
        SessionResetException reset = resetOf(refused.cause());
        assertThat(reset.code()).isEqualTo(ResetFrame.GOING_AWAY);
        assertThat(reset.reason()).isEqualTo("too many sessions");
        // A client that may not know that word is closed.
        RawPeer base = rawPeer();
        base.send(RawPeer.preface(ConnectionId.ZERO)).send(RawPeer.PONG);
        base.awaitClosed();

        assertThat(client.exceptions()).isEmpty();
        assertThat(client.channel().isActive()).isTrue();
        assertThat(peers.server().admission().refusedSessions()).isEqualTo(2);
        assertThat(peers.server().admission().evictedSessions()).isZero();
    }

    @Test
    void shouldTellBothEndsOfASessionThatLosesItsPlace() throws Exception {
        peers.listen(echo().option(MultipathChannelOption.MAX_SESSIONS, 1), 1);
        Recorder idle = peers.connect();
        Recorder idleAtServer = peers.accepted();

        Recorder newcomer = new Recorder();
        peers.clientBootstrap(newcomer).connect(peers.server().localAddress()).sync();
        newcomer.send(1000, 1000);
        newcomer.awaitReceived(1000);

        idle.awaitInactive();
        idleAtServer.awaitInactive();
        for (Recorder end : List.of(idle, idleAtServer)) {
            assertThat(end.exceptions()).singleElement().satisfies(thrown -> {
                assertThat(thrown).isInstanceOf(SessionResetException.class);
                assertThat(((SessionResetException) thrown).code()).isEqualTo(ResetFrame.GOING_AWAY);
                assertThat(((SessionResetException) thrown).reason()).isEqualTo("too many sessions");
            });
        }
        assertThat(peers.server().sessionCount()).isEqualTo(1);
    }

    /** Its client comes back and hears that it is unknown, at once. */
    @Test
    void shouldForgetASessionThatHasVanishedForANewcomer() throws Exception {
        openSession(echo().option(MultipathChannelOption.MAX_SESSIONS, 1));
        first.raw().send(RawPeer.data(10, Pattern.at(0)));
        first.raw().reset();
        SessionStanding standing = session.session().accepted().standing();
        eventually().until(() -> standing.standing() == Standing.VANISHED);

        rawPeer().greet(ConnectionId.ZERO);
        session.awaitInactive();
        assertThat(session.exceptions()).singleElement().isInstanceOf(SessionResetException.class);

        RawExtendedPeer late = new RawExtendedPeer(rawPeer()).request(connectionId, 1);
        late.raw().read(17);
        assertThat(late.raw().read(2)).isEqualTo(RawPeer.EXTENDED);
        assertThat(late.readFrame(RawExtendedPeer.RESET)).containsExactly((byte) ResetFrame.UNKNOWN_SESSION);
    }

    /** Whoever loses its only path shortly after connecting comes back, as long as nobody needs the place. */
    @Requirement("LIM-11")
    @Test
    void shouldKeepASessionThatHasVanishedWhileThereArePlaces() throws Exception {
        openSession(echo().option(MultipathChannelOption.MAX_SESSIONS, 2));
        first.raw().reset();
        SessionStanding standing = session.session().accepted().standing();
        eventually().until(() -> standing.standing() == Standing.VANISHED);
        rawPeer().greet(ConnectionId.ZERO);
        new RawExtendedPeer(rawPeer()).join(connectionId, key, 1);
        eventually().until(() -> standing.standing() == Standing.GREETED);
        assertThat(session.exceptions()).isEmpty();
        assertThat(peers.server().sessionCount()).isEqualTo(2);
    }

    @Test
    void shouldTakeFromAHostThatExceedsItsQuota() throws Exception {
        peers.listen(
                echo().option(MultipathChannelOption.MAX_SESSIONS, 3)
                        .option(MultipathChannelOption.MAX_PENDING_HANDSHAKES, 3)
                        .option(MultipathChannelOption.SOURCE_QUOTA, SourceQuota.of(2, 3)),
                1);
        RawPeer other = rawPeerFrom("127.0.0.9");
        other.greet(ConnectionId.ZERO);
        List<RawPeer> greedy = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            RawPeer peer = rawPeerFrom("127.0.0.8");
            peer.greet(ConnectionId.ZERO);
            greedy.add(peer);
        }
        greedy.get(0).awaitClosed();
        greedy.get(1).awaitClosed();
        assertThat(peers.server().sessionCount()).isEqualTo(3);
        assertThat(peers.server().admission().sources()).isEqualTo(2);
        assertThat(peers.server().admission().overQuota()).isEqualTo(2);

        List<RawPeer> silent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            silent.add(rawPeerFrom("127.0.0.8"));
            int pending = Math.min(3, i + 1);
            eventually().until(() -> peers.server().registry().pendingHandshakes() == pending);
        }
        silent.get(0).awaitClosed();
        silent.get(1).awaitClosed();
        assertThat(peers.server().admission().evictedHandshakes()).isEqualTo(2);
    }

    /** As a listener tells it when the process has no descriptors left. */
    @Test
    void shouldLetTheLeastGoWhenThereAreNoDescriptors() throws Exception {
        peers.listen(echo(), 1);
        Recorder honest = peers.connect();
        honest.send(100_000, 10_000);
        honest.awaitReceived(100_000);
        List<RawPeer> idle = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            RawPeer peer = rawPeerFrom("127.0.0.8");
            peer.greet(ConnectionId.ZERO);
            idle.add(peer);
        }
        Channel listener = peers.serverSubflows.iterator().next().parent();
        listener.pipeline().fireExceptionCaught(new IOException("accept(..) failed: Too many open files"));
        for (RawPeer peer : idle.subList(0, 4)) {
            peer.awaitClosed();
        }
        eventually().until(() -> listener.config().isAutoRead());
        assertThat(peers.server().admission().evictedSessions()).isEqualTo(4);
        assertThat(peers.server().sessionCount()).isEqualTo(7);
        // At once again: those are not all gone yet.
        listener.pipeline().fireExceptionCaught(new IOException("accept(..) failed: Too many open files"));
        eventually().until(() -> listener.config().isAutoRead());
        Recorder newcomer = new Recorder();
        peers.clientBootstrap(newcomer).connect(peers.server().localAddress()).sync();
        newcomer.send(1000, 1000);
        newcomer.awaitReceived(1000);
        honest.send(1000, 1000);
        honest.awaitReceived(101_000);
        assertThat(honest.exceptions()).isEmpty();
    }

    /** The process has its descriptors for all of its servers: who crowds one of them takes from his own there. */
    @Test
    void shouldLetTheLeastGoAtWhicheverServerItIsWhenThereAreNoDescriptors() throws Exception {
        MultipathServerChannel crowded = peers.listen(echo(), 1);
        List<RawPeer> idle = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            RawPeer peer = rawPeer();
            peer.greet(ConnectionId.ZERO);
            idle.add(peer);
        }
        try (Peers others = new Peers(TestTransport.NIO)) {
            others.listen(Echo::new, 1);
            Recorder honest = others.connect();
            others.serverSubflows
                    .iterator()
                    .next()
                    .parent()
                    .pipeline()
                    .fireExceptionCaught(new IOException("accept(..) failed: Too many open files"));
            for (RawPeer peer : idle.subList(0, 4)) {
                peer.awaitClosed();
            }
            assertThat(crowded.admission().evictedSessions()).isEqualTo(4);
            assertThat(others.server().admission().evictedSessions()).isZero();
            assertThat(honest.isInactive()).isFalse();
        }
    }

    @Test
    void shouldLetTheOldestOfTheBacklogGoWhenNobodyReads() throws Exception {
        peers.listen(
                peers.serverBootstrap(Recorder::new)
                        .option(MultipathChannelOption.MAX_PENDING_HANDSHAKES, 2)
                        .option(ChannelOption.AUTO_READ, false),
                1);
        List<RawPeer> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            RawPeer peer = rawPeer();
            peer.send(RawPeer.preface(ConnectionId.ZERO));
            waiting.add(peer);
            int sessions = Math.min(2, i + 1);
            eventually().until(() -> peers.server().sessionCount() == sessions);
        }
        waiting.get(0).awaitClosed();
        peers.server().read();
        peers.accepted();
        peers.server().read();
        peers.accepted();
        assertThat(waiting.get(1).read()).isZero();
        assertThat(waiting.get(2).read()).isZero();
        assertThat(peers.server().admission().evictedSessions()).isEqualTo(1);
    }

    /** Each has sent the beginning of a ClientHello, and keeps the server waiting for the rest. */
    @Test
    void shouldLetTheOldestOfTheTlsHandshakesGo() throws Exception {
        int places = 4;
        TlsConfig tls = TlsSetup.mutualServer(SslProvider.JDK);
        // First, as it may take longer than a handshake may.
        TlsConfig clientTls = TlsSetup.mutualClient(SslProvider.JDK);
        peers.listen(
                echo().option(MultipathChannelOption.MAX_PENDING_HANDSHAKES, places)
                        .option(
                                MultipathChannelOption.SUBFLOW_TRANSPORT,
                                Peers.tracking(peers.serverSubflows).withTls(tls)),
                1);
        List<RawPeer> halfWay = new ArrayList<>();
        for (int i = 0; i < 2 * places; i++) {
            RawPeer peer = rawPeer();
            peer.send((byte) 22, (byte) 3, (byte) 1, (byte) 0, (byte) 200, (byte) 1);
            halfWay.add(peer);
        }
        // Which of them: of those that were not read yet, the oldest; one that was accepted and read alone may stay for
        // long.
        eventually().until(() -> peers.server().admission().evictedHandshakes() >= places);
        Recorder client = new Recorder();
        peers.connect(peers.clientBootstrap(client)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        Peers.tracking(peers.clientSubflows).withTls(clientTls)));
        client.send(1000, 1000);
        client.awaitReceived(1000);
        assertThat(peers.server().admission().evictedHandshakes()).isGreaterThanOrEqualTo(places + 1);
    }

    // ---- joins

    private RawExtendedPeer request(String host) throws IOException {
        RawExtendedPeer peer = new RawExtendedPeer(rawPeerFrom(host));
        peer.request(connectionId, 1).challenge();
        return peer;
    }

    @Requirement("JOIN-14")
    @Test
    void shouldLetWhoProvesItselfInHoweverManyDoNot() throws Exception {
        openSession(peers.serverBootstrap(Recorder::new));
        List<RawExtendedPeer> intruders = new ArrayList<>();
        for (int i = 0; i < 3 * PendingJoins.MAX; i++) {
            intruders.add(request("127.0.0.1"));
        }
        new RawExtendedPeer(rawPeer()).join(connectionId, key, 7);
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);
        intruders.get(0).raw().awaitClosed();
        assertThat(peers.server().admission().evictedJoins()).isEqualTo(2 * PendingJoins.MAX + 1);
        assertThat(peers.server().registry().pendingHandshakes()).isLessThanOrEqualTo(PendingJoins.MAX);
        assertThat(session.exceptions()).isEmpty();
    }

    @Requirement("JOIN-14")
    @Test
    void shouldKeepAJoinFromElsewhereWhileAHostSendsManyThatProveNothing() throws Exception {
        openSession(peers.serverBootstrap(Recorder::new));
        RawExtendedPeer slow = new RawExtendedPeer(rawPeerFrom("127.0.0.9"));
        RawExtendedPeer.Challenge challenge = slow.request(connectionId, 7).challenge();
        for (int i = 0; i < 3 * PendingJoins.MAX; i++) {
            request("127.0.0.1");
        }
        slow.respond(RawExtendedPeer.mac(key, 'C', connectionId, 7, challenge.nonce()))
                .sendHello();
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);
    }

    @Test
    void shouldKeepNoJoinWaitingForTheProfileForManyOthers() throws Exception {
        peers.listen(Recorder::new, 1);
        first = new RawExtendedPeer(rawPeer());
        connectionId = first.greet();
        List<RawExtendedPeer> intruders = new ArrayList<>();
        for (int i = 0; i < 2 * PendingJoins.MAX; i++) {
            RawExtendedPeer peer = new RawExtendedPeer(rawPeer());
            peer.raw().send(RawPeer.preface(connectionId));
            intruders.add(peer);
        }
        intruders.get(0).raw().awaitClosed();
        RawExtendedPeer honest = new RawExtendedPeer(rawPeer()).request(connectionId, 7);
        eventually().until(() -> peers.server().registry().pendingHandshakes() <= PendingJoins.MAX);
        key = first.learnKey();
        first.sendHello();
        RawExtendedPeer.Challenge challenge = honest.challenge();
        honest.respond(RawExtendedPeer.mac(key, 'C', connectionId, 7, challenge.nonce()))
                .sendHello();
        peers.accepted().awaitCount(SubflowEvent.Kind.ADDED, 2);
    }

    /** Both are silent; the one that the server finds out about gives its place to who can prove itself. */
    @Test
    void shouldGiveAProvenJoinThePlaceOfASubflowThatDoesNotDeliver() throws Exception {
        openSession(peers.serverBootstrap(Recorder::new).option(MultipathChannelOption.MAX_SUBFLOWS, 2));
        new RawExtendedPeer(rawPeer()).join(connectionId, key, 1);
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);

        // All deliver, as far as the server knows: it says so, and asks them.
        RawExtendedPeer refused = new RawExtendedPeer(rawPeer()).request(connectionId, 2);
        refused.raw().read(17);
        assertThat(refused.raw().read(2)).isEqualTo(RawPeer.EXTENDED);
        byte[] reset = refused.readFrame(RawExtendedPeer.RESET);
        assertThat(reset[0]).isEqualTo((byte) ResetFrame.TOO_MANY_SUBFLOWS);
        assertThat(new String(reset, 1, reset.length - 1, StandardCharsets.UTF_8))
                .isEqualTo("the session has 2 subflows, and all deliver");
        assertThat(refused.raw().read()).isEqualTo(-1);

        session.awaitCount(SubflowEvent.Kind.STALE, 1);
        new RawExtendedPeer(rawPeer()).join(connectionId, key, 3);
        session.awaitCount(SubflowEvent.Kind.ADDED, 3);
        session.awaitCount(SubflowEvent.Kind.REMOVED, 1);
        eventually().until(() -> session.session().subflows().size() == 2);
        assertThat(peers.server().admission().replacedSubflows()).isEqualTo(1);
        assertThat(peers.server().admission().refusedSubflows()).isEqualTo(1);
    }
}
