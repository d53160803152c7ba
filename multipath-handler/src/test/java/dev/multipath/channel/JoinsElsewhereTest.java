package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AnnouncedAddresses;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.testing.Requirement;
import dev.multipath.transport.ChangedTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A server that shares an address with others, and wants joins at one of its own. */
class JoinsElsewhereTest {

    private static final InetSocketAddress LOCAL = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final List<SocketAddress> dialled = new CopyOnWriteArrayList<>();

    /** Announces its second listener, of two, and wants joins there only. */
    private static Peers peers() throws InterruptedException {
        Peers peers = new Peers(TestTransport.NIO);
        AnnouncedAddresses second = listeners -> List.of((InetSocketAddress) listeners.get(1));
        peers.listen(
                peers.serverBootstrap(Echo::new).option(MultipathChannelOption.ANNOUNCED_ADDRESSES, second.only()), 2);
        return peers;
    }

    private Bootstrap bootstrap(Peers peers, AddressPolicy policy) {
        return peers.clientBootstrap(new Recorder())
                .option(MultipathChannelOption.ADDRESS_POLICY, policy)
                // A second attempt would be one for a session too, which may go anywhere.
                .option(MultipathChannelOption.ATTEMPT_DELAY, Duration.ofMinutes(10))
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, new ChangedTransport() {
                    @Override
                    protected void onDial(SocketAddress remote) {
                        dialled.add(remote);
                    }

                    @Override
                    protected void initialize(Channel subflow) {
                        peers.clientSubflows.add(subflow);
                    }
                });
    }

    private static SocketAddress listener(Peers peers, int number) {
        return peers.server().localAddress().paths().get(number).remote();
    }

    /** Two ways to the shared address, which a test tells apart by where they begin. */
    private static MultipathAddress twoWays(Peers peers) {
        SocketAddress shared = listener(peers, 0);
        return MultipathAddress.of(
                Path.of("wifi", shared), Path.of("lte", shared).withLocal(LOCAL));
    }

    private static MultipathChannel connect(Bootstrap bootstrap, MultipathAddress to) throws InterruptedException {
        return (MultipathChannel) bootstrap.connect(to).sync().channel();
    }

    private static void awaitPaths(MultipathChannel session, String... labels) {
        eventually().untilAsserted(() -> assertThat(session.subflows())
                .extracting(subflow -> subflow.path().label())
                .containsExactlyInAnyOrder(labels));
    }

    private static void echo(MultipathChannel session) {
        Recorder client = session.pipeline().get(Recorder.class);
        long bytes = client.receivedBytes() + 10_000;
        client.send(10_000, 1000);
        client.awaitReceived(bytes);
    }

    /** Resets the subflows that lead there. */
    private static void cut(MultipathChannel session, SocketAddress remote) throws InterruptedException {
        session.eventLoop()
                .submit(() -> List.copyOf(session.driver().links().all()).stream()
                        .filter(link -> link.path().remote().equals(remote))
                        .forEach(link -> Peers.reset(link.channel())))
                .sync();
    }

    @Requirement({"HELLO-13", "HELLO-14"})
    @Test
    void shouldJoinWhereTheServerWantsIt() throws Exception {
        try (Peers peers = peers()) {
            SocketAddress shared = listener(peers, 0);
            SocketAddress own = listener(peers, 1);
            MultipathChannel session = connect(bootstrap(peers, AddressPolicy.ALL), twoWays(peers));

            awaitPaths(session, "wifi", "lte at " + own);
            assertThat(session.subflows())
                    .filteredOn(subflow -> subflow.path().remote().equals(own))
                    .singleElement()
                    .satisfies(subflow -> assertThat(subflow.path().local()).isEqualTo(LOCAL));
            echo(session);
            assertThat(dialled).containsExactly(shared, own);

            // What is lost goes there too, and never back.
            cut(session, shared);
            awaitPaths(session, "wifi at " + own, "lte at " + own);
            echo(session);
            assertThat(dialled).containsExactly(shared, own, own);
            session.close().sync();
        }
    }

    /** Chance is better than nothing, but not while there is something; and whoever comes there is let in. */
    @Requirement({"HELLO-13", "HELLO-14"})
    @Test
    void shouldJoinAtTheSharedAddressOnlyWithoutAnyOtherWay() throws Exception {
        try (Peers peers = peers()) {
            SocketAddress shared = listener(peers, 0);
            MultipathChannel session = connect(bootstrap(peers, AddressPolicy.NONE), twoWays(peers));
            echo(session);
            assertThat(dialled).containsExactly(shared);
            assertThatThrownBy(() -> session.addPath(Path.of("wired", shared)).sync())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("wants no join at");

            cut(session, shared);

            eventually().until(() -> dialled.size() > 1 && !session.subflows().isEmpty());
            echo(session);
            assertThat(dialled).containsOnly(shared);
            session.close().sync();
        }
    }

    @Test
    void shouldLeadPathsThatAreAddedThereToo() throws Exception {
        try (Peers peers = peers()) {
            SocketAddress shared = listener(peers, 0);
            SocketAddress own = listener(peers, 1);
            Path lte = twoWays(peers).paths().get(1);
            MultipathChannel session =
                    connect(bootstrap(peers, AddressPolicy.ALL), MultipathAddress.of(Path.of("wifi", shared)));
            Recorder client = session.pipeline().get(Recorder.class);
            // As soon as it has heard of the address.
            eventually().until(() -> session.addPath(lte).await().isSuccess());

            awaitPaths(session, "wifi", "lte at " + own);
            assertThat(dialled).containsExactly(shared, own);

            session.removePath(lte).sync();
            awaitPaths(session, "wifi");
            assertThatThrownBy(() -> session.removePath(lte).sync()).isInstanceOf(IllegalArgumentException.class);
            echo(session);
            assertThat(client.exceptions()).isEmpty();
            session.close().sync();
        }
    }

    /** Then it cannot be reached there: paths end, and nothing else is dialled while one is left. */
    @Test
    void shouldGiveUpAnAddressThatIsWithdrawn() throws Exception {
        try (Peers peers = peers()) {
            SocketAddress shared = listener(peers, 0);
            InetSocketAddress own = (InetSocketAddress) listener(peers, 1);
            MultipathChannel session = connect(bootstrap(peers, AddressPolicy.ALL), twoWays(peers));
            MultipathChannel accepted = peers.accepted().session();
            awaitPaths(session, "wifi", "lte at " + own);

            accepted.withdrawAddress(own).sync();
            awaitPaths(session, "wifi");
            accepted.announceAddress(own).sync();
            awaitPaths(session, "wifi", "lte at " + own);

            assertThat(dialled).containsExactly(shared, own, own);
            echo(session);
            session.close().sync();
        }
    }

    /** Who was told of it by somebody else needs no policy. */
    @Test
    void shouldJoinAtAnAnnouncedAddressThatItKnows() throws Exception {
        try (Peers peers = peers()) {
            SocketAddress own = listener(peers, 1);
            MultipathChannel session = connect(
                    bootstrap(peers, AddressPolicy.NONE),
                    MultipathAddress.of(
                            Path.of("wifi", own), Path.of("lte", own).withLocal(LOCAL)));

            awaitPaths(session, "wifi", "lte");
            assertThat(dialled).containsExactly(own, own);
            session.close().sync();
        }
    }
}
