package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.DataFrame;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowState;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A path that is removed, and what was on its way over it, in the base profile if nothing else is said. */
class RemovedPathTest {

    private static final long BYTES = 100_000;

    private static final int FIRST_FRAME = (int) DataFrame.FIRST_FRAME_NUMBER;

    private static MultipathChannel connectTo(Bootstrap bootstrap, Path path) throws InterruptedException {
        return (MultipathChannel)
                bootstrap.connect(MultipathAddress.of(path)).sync().channel();
    }

    @Test
    void shouldKeepTheOnlySubflowOfAPathThatIsRemovedUntilAnotherDelivers() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel listening = peers.listen(Recorder::new, 2);
            List<Path> paths = listening.localAddress().paths();
            Recorder client = new Recorder();
            Path first = Path.of("first", paths.get(0).remote());
            MultipathChannel channel = connectTo(
                    peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, false), first);
            Recorder server = peers.accepted();
            client.send(BYTES, 1000);
            server.awaitReceived(BYTES);

            channel.removePath(first).sync();

            client.send(BYTES, 1000);
            server.awaitReceived(2 * BYTES);
            assertThat(channel.addPath(Path.of("second", paths.get(1).remote()))
                            .await(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
            client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            client.send(BYTES, 1000);
            server.awaitReceived(3 * BYTES);
            assertThat(channel.subflows())
                    .singleElement()
                    .satisfies(only -> assertThat(only.path().label()).isEqualTo("second"));
            channel.close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).isEmpty();
            assertThat(client.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLiveOnInTheExtendedProfileWithoutAnyPath(boolean resuming) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel listening = peers.listen(Recorder::new, 2);
            List<Path> paths = listening.localAddress().paths();
            Recorder client = new Recorder();
            Path first = Path.of("first", paths.get(0).remote());
            Bootstrap bootstrap = peers.clientBootstrap(client);
            if (!resuming) {
                bootstrap.option(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ZERO);
            }
            MultipathChannel channel = connectTo(bootstrap, first);
            Recorder server = peers.accepted();
            client.send(BYTES, 1000);
            server.awaitReceived(BYTES);

            channel.removePath(first).sync();

            client.send(BYTES, 1000);
            if (resuming) {
                client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
                assertThat(channel.isActive()).isTrue();
            } else {
                server.awaitReceived(2 * BYTES);
            }
            channel.addPath(Path.of("second", paths.get(1).remote())).sync();
            client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            client.send(BYTES, 1000);
            server.awaitReceived(3 * BYTES);
            channel.close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).isEmpty();
            assertThat(client.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    /** The subflow that was kept meanwhile goes, and not the one that was asked for, again and again. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldHaveANewSubflowOfAPathThatIsAddedAgain(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Path path = peers.listen(Recorder::new, 1).localAddress().paths().get(0);
            Recorder client = new Recorder();
            MultipathChannel channel = connectTo(
                    peers.clientBootstrap(client)
                            .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                            .option(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ZERO),
                    path);
            Recorder server = peers.accepted();
            client.awaitCount(SubflowEvent.Kind.ADDED, 1);
            Subflow first = channel.eventLoop()
                    .submit(() -> channel.driver().links().all().get(0).subflow())
                    .get();

            channel.removePath(path).sync();
            channel.addPath(path).sync();

            client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            assertThat(first.state()).isEqualTo(SubflowState.CLOSED);
            client.send(BYTES, 1000);
            server.awaitReceived(BYTES);
            assertThat(client.count(SubflowEvent.Kind.ADDED)).isEqualTo(2);
            channel.close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    // ---- a path that is removed while something is on its way over it

    /** A client's session whose two subflows end at sockets that say what a test wants; the second path was added. */
    private static final class TwoRawServers implements AutoCloseable {
        private static final ConnectionId SESSION = new ConnectionId(1, 2);

        private final ServerSocket firstListener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final ServerSocket secondListener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Path firstPath = Path.of("first", firstListener.getLocalSocketAddress());
        private final Recorder client = new Recorder();
        private final RawPeer first;
        private final RawPeer second;

        /** Returns when a byte is on its way over the first, which acknowledges nothing by itself. */
        TwoRawServers(Peers peers) throws Exception {
            ChannelFuture connecting = peers.clientBootstrap(client)
                    .option(MultipathChannelOption.EXTENDED_PROFILE, false)
                    .connect(MultipathAddress.of(firstPath));
            first = RawPeer.accept(firstListener, SESSION);
            connecting.sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 1);
            client.send(1, 1);
            first.awaitData(FIRST_FRAME);
            client.session().addPath(Path.of("second", secondListener.getLocalSocketAddress()));
            second = RawPeer.accept(secondListener, SESSION);
            client.awaitCount(SubflowEvent.Kind.ADDED, 2);
        }

        @Override
        public void close() throws IOException {
            first.close();
            second.close();
            firstListener.close();
            secondListener.close();
        }
    }

    /**
     * Acknowledgements come on the subflow that carried the data, and nowhere else; late ones too. What is repeated elsewhere
     * meanwhile is answered by nobody, as the server has all and has closed.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldHearWhatWasStillToBeAnsweredOnAPathThatIsRemovedAsTheServerCloses(boolean stale) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                TwoRawServers servers = new TwoRawServers(peers)) {
            Recorder client = servers.client;
            if (stale) {
                client.awaitCount(SubflowEvent.Kind.STALE, 1);
            }

            client.session().removePath(servers.firstPath).sync();
            servers.first.send(RawPeer.ack(FIRST_FRAME)).endOutput();
            servers.second.endOutput();

            client.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
        }
    }

    /** It was to close, and then the one that it was to leave to is gone: the session must not die of it. */
    @Test
    void shouldKeepTheSubflowOfAPathThatIsRemovedIfTheOtherIsLostBeforeItIsAnswered() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                TwoRawServers servers = new TwoRawServers(peers)) {
            Recorder client = servers.client;
            client.session().removePath(servers.firstPath).sync();
            servers.second.endOutput();
            client.awaitCount(SubflowEvent.Kind.REMOVED, 1);

            servers.first.send(RawPeer.ack(FIRST_FRAME)).send(RawPeer.PONG);
            client.send(1, 1);

            servers.first.awaitData(FIRST_FRAME + 1);
            servers.first.send(RawPeer.ack(FIRST_FRAME + 1)).endOutput();
            client.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
        }
    }
}
