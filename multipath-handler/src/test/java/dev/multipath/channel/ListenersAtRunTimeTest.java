package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.PathCloseFrame;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.AnnouncedAddresses;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.PathClosedException;
import dev.multipath.testing.Requirement;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.local.LocalAddress;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server listens on more addresses, and on fewer, while sessions are open. */
class ListenersAtRunTimeTest {

    private static List<Path> listenersOf(Peers peers) {
        return peers.server().localAddress().paths();
    }

    private static Path listener(Peers peers, int index) {
        return listenersOf(peers).get(index);
    }

    private static MultipathChannel connect(Bootstrap bootstrap, Path... paths) throws InterruptedException {
        return (MultipathChannel)
                bootstrap.connect(MultipathAddress.of(paths)).sync().channel();
    }

    private static ServerBootstrap announcing(Peers peers) {
        return peers.serverBootstrap(Recorder::new)
                .option(MultipathChannelOption.ANNOUNCED_ADDRESSES, AnnouncedAddresses.LISTENERS);
    }

    private static Bootstrap trusting(Peers peers, Recorder application) {
        return peers.clientBootstrap(application).option(MultipathChannelOption.ADDRESS_POLICY, AddressPolicy.ALL);
    }

    /** A busy machine's subflows go stale, and are replaced, as well: these are the ones that the server has ended. */
    private static List<SubflowEvent> removedByServer(Recorder client) {
        return client.events(SubflowEvent.Kind.REMOVED).stream()
                .filter(event ->
                        event.cause() instanceof PathClosedException closed && closed.code() == PathCloseFrame.REMOVED)
                .toList();
    }

    /** The event comes later than the subflow goes. */
    private static void awaitRemovedByServer(Recorder client) {
        eventually().until(() -> !removedByServer(client).isEmpty());
    }

    private static void awaitOnly(MultipathChannel session, Path path) {
        eventually().untilAsserted(() -> assertThat(session.subflows())
                .singleElement()
                .satisfies(info -> assertThat(info.path()).isEqualTo(path)));
    }

    @ParameterizedTest
    @EnumSource
    void shouldTakeSubflowsOfOpenSessionsOverAListenerThatIsAdded(TestTransport transport) throws Exception {
        long bytes = 2_000_000;
        try (Peers peers = new Peers(transport)) {
            peers.listen(Recorder::new, 1);
            Recorder client = peers.connect();
            Recorder accepted = peers.accepted();
            client.send(bytes, 10_000);

            peers.server().addPath(Path.of("second", transport.ephemeral())).sync();

            assertThat(listenersOf(peers)).hasSize(2);
            assertThat(listener(peers, 1).label()).isEqualTo("second");
            client.session().addPath(listener(peers, 1)).sync();
            accepted.awaitCount(SubflowEvent.Kind.ADDED, 2);
            peers.server().removePath(listener(peers, 0)).sync();
            assertThat(listenersOf(peers)).extracting(Path::label).containsExactly("second");
            // What came over it goes, the data go on, and the client dials it no more.
            awaitOnly(client.session(), listener(peers, 0));
            // A local channel that is closed may take what its peer has not read yet with it.
            if (transport != TestTransport.LOCAL) {
                awaitRemovedByServer(client);
            }
            accepted.awaitReceived(bytes);
            accepted.send(bytes, 10_000);
            client.awaitReceived(bytes);
            awaitOnly(client.session(), listener(peers, 0));
        }
    }

    @Test
    void shouldAnnounceWhatIsListenedOn() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(announcing(peers), 1);
            MultipathChannel client = connect(trusting(peers, new Recorder()), listener(peers, 0));
            Recorder accepted = peers.accepted();
            InetSocketAddress elsewhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
            accepted.session().announceAddress(elsewhere).sync();

            Path asked = Path.of(peers.transport.ephemeral());
            peers.server().addPath(asked).sync();

            eventually().until(() -> client.subflows().size() == 2);
            Path first = listener(peers, 0);
            peers.server().removePath(asked).sync();
            assertThat(listenersOf(peers)).containsExactly(first);
            eventually().until(() -> client.subflows().size() == 1);
            // What the application announced to this client alone was not taken back with it.
            accepted.session().withdrawAddress(elsewhere).sync();
            accepted.send(100_000, 1000);
            eventually().until(() -> client.pipeline().get(Recorder.class).receivedBytes() == 100_000);
        }
    }

    @Test
    void shouldTellSessionsThatAreJustBeginning() throws Exception {
        int sessions = 30;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(announcing(peers), 1);
            List<MultipathChannel> clients = new ArrayList<>();
            Path first = listener(peers, 0);
            for (int i = 0; i < sessions; i++) {
                clients.add((MultipathChannel) trusting(peers, new Recorder())
                        .connect(MultipathAddress.of(first))
                        .channel());
            }
            peers.server().addPath(Path.of(peers.transport.ephemeral())).sync();

            eventually().untilAsserted(() -> assertThat(clients)
                    .allSatisfy(client -> assertThat(client.subflows()).hasSize(2)));
        }
    }

    @Requirement("PATH-10")
    @Test
    void shouldLeaveASessionThatHasNothingElseItsSubflow() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            connect(peers.clientBootstrap(client), listener(peers, 0));
            Recorder accepted = peers.accepted();

            peers.server().removePath(listener(peers, 0)).sync();
            peers.server().eventLoop().submit(() -> {}).sync();
            accepted.channel().eventLoop().submit(() -> {}).sync();

            client.send(1_000_000, 10_000);
            accepted.awaitReceived(1_000_000);
            accepted.send(1_000_000, 10_000);
            client.awaitReceived(1_000_000);
            assertThat(removedByServer(client)).isEmpty();

            // As soon as there is another, it is not needed any more.
            client.session().addPath(listener(peers, 0)).sync();
            awaitOnly(client.session(), listener(peers, 0));
            awaitRemovedByServer(client);
        }
    }

    @Test
    void shouldLeaveASessionThatHasNothingElseItsAnnouncedSubflow() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(announcing(peers), 1);
            Recorder client = new Recorder();
            MultipathChannel session = connect(trusting(peers, client), listener(peers, 0));
            Recorder accepted = peers.accepted();
            Path second = Path.of(peers.transport.ephemeral());
            peers.server().addPath(second).sync();
            accepted.awaitCount(SubflowEvent.Kind.ADDED, 2);
            client.awaitCount(SubflowEvent.Kind.ADDED, 2);
            session.removePath(listener(peers, 0)).sync();
            eventually().untilAsserted(() -> assertThat(accepted.session().subflows())
                    .singleElement()
                    .satisfies(info -> assertThat(info.local())
                            .isEqualTo(listener(peers, 1).remote())));

            peers.server().removePath(second).sync();

            // The word of it comes ahead of these bytes.
            accepted.send(1_000_000, 10_000);
            client.awaitReceived(1_000_000);
            client.send(1_000_000, 10_000);
            accepted.awaitReceived(1_000_000);
            assertThat(removedByServer(client)).isEmpty();
            eventually().untilAsserted(() -> assertThat(session.subflows()).hasSize(1));
        }
    }

    @Test
    void shouldRefuseConnectionsOnAListenerThatWasRemoved() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Path removed = listener(peers, 1);
            peers.server().removePath(removed).sync();
            eventually().untilAsserted(() -> assertThatThrownBy(
                            () -> connect(peers.clientBootstrap(new Recorder()), removed))
                    .isInstanceOf(AllPathsFailedException.class));
            // And its address is free.
            peers.server().addPath(removed).sync();
            Channel client = connect(peers.clientBootstrap(new Recorder()), removed);
            assertThat(client.isActive()).isTrue();
        }
    }

    @Test
    void shouldSayWhatCannotBeDone() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel unbound = (MultipathServerChannel)
                    peers.serverBootstrap(Recorder::new).register().sync().channel();
            Path path = Path.of(peers.transport.ephemeral());
            assertThatThrownBy(() -> unbound.addPath(path).sync()).isInstanceOf(NotYetBoundException.class);
            unbound.close().sync();

            MultipathServerChannel server = peers.listen(Recorder::new, 1);
            Path only = listener(peers, 0);
            assertThatThrownBy(() ->
                            server.addPath(Path.of("again", only.remote())).sync())
                    .isInstanceOf(BindException.class);
            assertThatThrownBy(() ->
                            server.addPath(Path.of(new LocalAddress("wrong"))).sync())
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(listenersOf(peers)).containsExactly(only);
            assertThatThrownBy(() -> server.removePath(path).sync()).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> server.removePath(only).sync()).isInstanceOf(IllegalArgumentException.class);
            server.addPath(Path.of(only.label(), peers.transport.ephemeral())).sync();
            assertThat(listenersOf(peers)).extracting(Path::label).doesNotHaveDuplicates();
            server.close().sync();
            assertThatThrownBy(() -> server.addPath(path).sync()).isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> server.removePath(only).sync()).isInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void shouldNotKeepAListenerThatIsBoundWhileTheServerCloses() throws Exception {
        for (int i = 0; i < 30; i++) {
            try (Peers peers = new Peers(TestTransport.NIO)) {
                MultipathServerChannel server = peers.listen(Recorder::new, 1);
                InetSocketAddress free = freeAddress();
                var added = server.addPath(Path.of(free));
                server.close().sync();
                added.await();
                // Whoever was first: nobody listens there now.
                eventually().untilAsserted(() -> assertThatThrownBy(
                                () -> new Socket(free.getAddress(), free.getPort()).close())
                        .isInstanceOf(ConnectException.class));
            }
        }
    }

    private static InetSocketAddress freeAddress() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }
    }

    /** It is in no list of its any more: it could be added anew, were there a listener. */
    @Requirement("PATH-9")
    @Test
    void shouldNotDialAPathAgainThatTheServerHasRemoved() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Path removed = listener(peers, 1);
            assertThatThrownBy(() -> client.session().addPath(removed).sync()).hasMessageContaining("is there already");
            peers.server().removePath(removed).sync();
            awaitRemovedByServer(client);

            assertThatThrownBy(() -> client.session().removePath(removed).sync())
                    .hasMessageContaining("there is no path");
            assertThatThrownBy(() -> client.session().addPath(removed).sync()).isInstanceOf(ConnectException.class);
        }
    }
}
