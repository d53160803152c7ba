package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.ResetFrame;
import dev.multipath.codec.ServerId;
import dev.multipath.codec.ServerIdEncoding;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.JoinRefusedException;
import dev.multipath.testing.Requirement;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Several servers behind one address, and joins that come to the wrong one. */
class WrongServerTest {

    private static final ServerIdEncoding MASKED = ServerIdEncoding.masked(OpaqueBytes.of(new byte[32]));

    private static SocketAddress listen(Peers peers, String serverId, ServerIdEncoding encoding)
            throws InterruptedException {
        peers.listen(
                peers.serverBootstrap(Echo::new)
                        .option(
                                MultipathChannelOption.CONNECTION_ID_GENERATOR,
                                ConnectionIdGenerator.routable(ServerId.parse(serverId), encoding)),
                1);
        return peers.server().localAddress().paths().get(0).remote();
    }

    private static Recorder connect(Peers peers, Path... paths) throws InterruptedException {
        Recorder client = new Recorder();
        peers.clientBootstrap(client).connect(MultipathAddress.of(paths)).sync();
        return client;
    }

    private static void echo(Recorder client) {
        long bytes = client.receivedBytes() + 10_000;
        client.send(10_000, 1000);
        client.awaitReceived(bytes);
    }

    @Requirement("NAME-4")
    @Test
    void shouldTellAtBothEndsWhichServerIsWanted() throws Exception {
        try (Peers right = new Peers(TestTransport.NIO);
                Peers wrong = new Peers(TestTransport.NIO)) {
            SocketAddress rightAddress = listen(right, "01", ServerIdEncoding.PLAIN);
            SocketAddress wrongAddress = listen(wrong, "02", ServerIdEncoding.PLAIN);
            Recorder client = connect(right, Path.of(rightAddress));

            Throwable refusal = client.session()
                    .addPath(Path.of("wrong", wrongAddress))
                    .await()
                    .cause();

            assertThat(refusal)
                    .isInstanceOf(JoinRefusedException.class)
                    .hasMessage("refused by the peer, which is not the session's server, code 8: "
                            + "server 01 is wanted, this is 02");
            assertThat(client.session().stats().paths())
                    .filteredOn(path -> path.label().equals("wrong"))
                    .singleElement()
                    .satisfies(path -> {
                        assertThat(path.failures()).isPositive();
                        assertThat(path.lastFailure().cause()).hasMessageContaining("server 01 is wanted");
                    });
            assertThat(wrong.server().admission().misroutedJoins()).isPositive();
            assertThat(right.server().admission().misroutedJoins()).isZero();
            echo(client);
            client.channel().close().sync();
        }
    }

    @Requirement("NAME-4")
    @Test
    void shouldNotTellWhoseItIsWhenServerIdsAreMasked() throws Exception {
        try (Peers right = new Peers(TestTransport.NIO);
                Peers wrong = new Peers(TestTransport.NIO)) {
            SocketAddress rightAddress = listen(right, "01", MASKED);
            SocketAddress wrongAddress = listen(wrong, "02", MASKED);
            Recorder client = connect(right, Path.of(rightAddress));

            assertThat(client.session().addPath(Path.of(wrongAddress)).await().cause())
                    .hasMessage("refused by the peer, which is not the session's server, code 8");
            client.channel().close().sync();
        }
    }

    /** To whoever says that the name is this server's, nothing is known of it. */
    @Test
    void shouldNotCallItsOwnNamesAnotherServers() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            SocketAddress address = listen(peers, "01", ServerIdEncoding.PLAIN);
            ConnectionId forgotten = new ConnectionId(1L << 56, 1);
            try (RawExtendedPeer peer = new RawExtendedPeer(address).request(forgotten, 1)) {
                peer.raw().read(19);
                assertThat(peer.readFrame(RawExtendedPeer.RESET)).containsExactly((byte) ResetFrame.UNKNOWN_SESSION);
            }
            assertThat(peers.server().admission().misroutedJoins()).isZero();
        }
    }

    /** It has no word for it, and is closed. */
    @Test
    void shouldCountJoinsOfTheBaseProfileToo() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            SocketAddress address = listen(peers, "01", ServerIdEncoding.PLAIN);
            try (RawPeer peer = new RawPeer(address)) {
                peer.send(RawPeer.preface(new ConnectionId(2L << 56, 1)))
                        .send(RawPeer.PONG)
                        .awaitClosed();
            }
            assertThat(peers.server().admission().misroutedJoins()).isOne();
        }
    }

    @Requirement("NAME-5")
    @Test
    void shouldGoOnLookingForItsServerWithoutAnotherSubflow() throws Exception {
        try (Peers right = new Peers(TestTransport.NIO);
                Peers wrong = new Peers(TestTransport.NIO)) {
            AtomicReference<SocketAddress> server = new AtomicReference<>(listen(right, "01", ServerIdEncoding.PLAIN));
            SocketAddress wrongAddress = listen(wrong, "02", ServerIdEncoding.PLAIN);
            try (Balancer balancer = new Balancer(name -> server.get())) {
                Recorder client = connect(right, Path.of(balancer.address()));
                echo(client);
                SocketAddress rightAddress = server.getAndSet(wrongAddress);
                right.serverSubflows.close().sync();
                eventually().until(() -> wrong.server().admission().misroutedJoins() >= 2);
                assertThat(client.isInactive()).isFalse();

                server.set(rightAddress);

                echo(client);
                assertThat(client.exceptions()).isEmpty();
                client.channel().close().sync();
            }
        }
    }

    /** As often as not by chance the second of two connections would come to another of the three. */
    @Requirement("NAME-1")
    @Test
    void shouldBringEveryJoinToItsServerBehindABalancerWithoutState() throws Exception {
        int sessions = 60;
        for (ServerIdEncoding encoding : List.of(ServerIdEncoding.PLAIN, MASKED)) {
            try (Peers one = new Peers(TestTransport.NIO);
                    Peers two = new Peers(TestTransport.NIO);
                    Peers three = new Peers(TestTransport.NIO)) {
                List<Peers> all = List.of(one, two, three);
                List<SocketAddress> servers = new ArrayList<>();
                for (Peers peers : all) {
                    servers.add(listen(peers, "000" + servers.size(), encoding));
                }
                AtomicInteger opened = new AtomicInteger();
                try (Balancer first = new Balancer(name -> choose(servers, name, encoding, opened));
                        Balancer second = new Balancer(name -> choose(servers, name, encoding, opened))) {
                    List<Recorder> clients = new ArrayList<>();
                    for (int i = 0; i < sessions; i++) {
                        clients.add(connect(one, Path.of(first.address()), Path.of(second.address())));
                    }
                    for (Recorder client : clients) {
                        client.awaitCount(SubflowEvent.Kind.ADDED, 2);
                        echo(client);
                    }
                    for (Peers peers : all) {
                        assertThat(peers.server().sessionCount()).isPositive();
                        assertThat(peers.server().admission().misroutedJoins()).isZero();
                    }
                    for (Recorder client : clients) {
                        client.channel().close().sync();
                    }
                }
            }
        }
    }

    private static SocketAddress choose(
            List<SocketAddress> servers, ConnectionId name, ServerIdEncoding encoding, AtomicInteger opened) {
        return servers.get(
                name.isZero()
                        ? opened.getAndIncrement() % servers.size()
                        : encoding.read(name, 2).value());
    }
}
