package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;

import dev.multipath.path.MultipathAddress;
import dev.multipath.quic.Cuts;
import dev.multipath.quic.QuicAddress;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportDecorator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** QUIC beside TCP: at one port of a server, and in one session. */
class QuicAlongsideTest {

    private static final long BULK_BYTES = 4_000_000;

    /** Not an attempt, of which there may be one while the machine is busy: nobody is told of the end of that. */
    private static boolean cutMember(Recorder client, boolean quic) throws Exception {
        return client.channel()
                .eventLoop()
                .submit(() -> {
                    for (SubflowLink link : client.session().driver().links().all()) {
                        if (Cuts.isQuic(link.channel()) == quic && link.isMember()) {
                            Peers.reset(link.channel());
                            return true;
                        }
                    }
                    return false;
                })
                .get();
    }

    private static InetSocketAddress place(Peers peers, int path) {
        return (InetSocketAddress)
                peers.server().localAddress().paths().get(path).remote();
    }

    private static void listenForBoth(Peers peers, int addresses) throws Exception {
        peers.listen(
                QuicSetup.serverBootstrap(
                        peers, Echo::new, QuicSetup.server().alongside(SubflowTransport.ofEventLoop())),
                addresses);
    }

    private static Recorder connect(Peers peers, SubflowTransport transport, MultipathAddress address)
            throws Exception {
        Recorder client = new Recorder();
        QuicSetup.clientBootstrap(peers, client, transport).connect(address).sync();
        client.awaitCount(SubflowEvent.Kind.ADDED, address.paths().size());
        return client;
    }

    @Test
    void shouldMixTcpAndQuicInOneSession() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            listenForBoth(peers, 1);
            InetSocketAddress place = place(peers, 0);
            Recorder client = connect(
                    peers,
                    QuicSetup.client().alongside(SubflowTransport.ofEventLoop()),
                    MultipathAddress.of(place, QuicAddress.of(place)));
            assertThatCollection(peers.clientSubflows).hasSize(2);
            assertThat(peers.clientSubflows.stream().filter(Cuts::isQuic)).hasSize(1);
            // One of them may be so fast here that it has carried all before the other could help.
            eventually().until(() -> {
                long received = client.receivedBytes();
                client.send(BULK_BYTES, 50_000);
                client.awaitReceived(received + BULK_BYTES);
                return client.session().stats().paths().stream().allMatch(path -> path.bytesSent() > 0);
            });

            // And either carries on without the other.
            for (boolean quic : new boolean[] {true, false}) {
                long lost = client.count(SubflowEvent.Kind.REMOVED);
                long received = client.receivedBytes();
                client.send(BULK_BYTES, 50_000);
                eventually().until(() -> client.receivedBytes() > received + BULK_BYTES / 4);
                eventually().until(() -> cutMember(client, quic));
                client.awaitReceived(received + BULK_BYTES);
                client.awaitCount(SubflowEvent.Kind.REMOVED, lost + 1);
                client.awaitCount(SubflowEvent.Kind.ADDED, lost + 3);
                eventually().until(() -> peers.clientSubflows.size() == 2);
            }
            client.channel().close().sync();
            peers.awaitNothingLeft();
            assertThat(client.exceptions()).isEmpty();
        }
    }

    /** However busy the machine is: TCP, if it is dialled at all, is slower. */
    @Test
    void shouldPreferQuic() throws Exception {
        SubflowTransport slow = new TransportDecorator(SubflowTransport.ofEventLoop()) {
            @Override
            public Future<Channel> dial(
                    EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
                return eventLoop.newPromise();
            }
        };
        try (Peers peers = new Peers(TestTransport.NIO)) {
            listenForBoth(peers, 2);
            Recorder client = connect(
                    peers, QuicSetup.client().preferredTo(slow), peers.server().localAddress());
            assertThatCollection(peers.clientSubflows).hasSize(2).allMatch(Cuts::isQuic);
            client.send(1_000_000, 50_000);
            client.awaitReceived(1_000_000);
            client.channel().close().sync();
            peers.awaitNothingLeft();
        }
    }

    /** Where nobody answers UDP, TCP carries on: the second time at once, as nobody asks for QUIC any more. */
    @Test
    void shouldTakeTcpWhereUdpIsBlocked() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(peers.serverBootstrap(Echo::new), 1);
            InetSocketAddress place = place(peers, 0);
            SubflowTransport transport = QuicSetup.client().preferredTo(SubflowTransport.ofEventLoop());
            try (DatagramSocket firewall = new DatagramSocket(place)) {
                Recorder client = connect(peers, transport, peers.server().localAddress());
                assertThatCollection(peers.clientSubflows).hasSize(1).noneMatch(Cuts::isQuic);
                client.send(1_000_000, 50_000);
                client.awaitReceived(1_000_000);
                assertThat(firewall.getLocalPort()).isPositive();
                client.channel().close().sync();
            }
            peers.awaitNothingLeft();
        }
    }

    /** The kernel says that nobody listens there, so TCP need not wait. */
    @Test
    void shouldTakeTcpWhereNobodyListensForQuic() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(peers.serverBootstrap(Echo::new), 1);
            SubflowTransport transport = QuicSetup.client().preferredTo(SubflowTransport.ofEventLoop());
            for (int i = 0; i < 3; i++) {
                Recorder client = connect(peers, transport, peers.server().localAddress());
                assertThatCollection(peers.clientSubflows).noneMatch(Cuts::isQuic);
                client.send(1000, 1000);
                client.awaitReceived(1000);
                client.channel().close().sync();
            }
            peers.awaitNothingLeft();
        }
    }

    /** From where the path says. */
    @Test
    void shouldBindToThePathsLocalAddress() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(QuicSetup.serverBootstrap(peers, Echo::new, QuicSetup.server()), 1);
            InetSocketAddress local = new InetSocketAddress(InetAddress.getByName("127.0.0.7"), 0);
            Recorder client = connect(
                    peers,
                    QuicSetup.client(),
                    MultipathAddress.of(List.of(
                            dev.multipath.path.Path.of("seven", place(peers, 0)).withLocal(local))));
            assertThat(client.session().subflows()).singleElement().satisfies(subflow -> assertThat(
                            ((InetSocketAddress) subflow.local()).getAddress())
                    .isEqualTo(local.getAddress()));
        }
    }
}
