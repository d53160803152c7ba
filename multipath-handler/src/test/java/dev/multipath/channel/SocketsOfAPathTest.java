package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.PathState;
import dev.multipath.metrics.PathStats;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.session.JoinRefusedException;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One path of several connections: one in all that is told of it, several for who dials and listens. */
class SocketsOfAPathTest {

    private static final int SOCKETS = 4;
    private static final int BYTES = 2_000_000;

    private static Path path(Peers peers) {
        SocketAddress listening = peers.server().localAddress().paths().get(0).remote();
        return Path.of("wifi", listening).with(PathAttributes.DEFAULT.withSockets(SOCKETS));
    }

    private static Recorder connect(Peers peers, boolean extended) throws Exception {
        Recorder client = new Recorder();
        peers.clientBootstrap(client)
                .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                .connect(MultipathAddress.of(path(peers)))
                .sync();
        return client;
    }

    private static List<PathStats> paths(Recorder end) {
        return end.session().stats().paths();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBeOnePathOfSeveralConnections(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 1);
            Recorder client = connect(peers, extended);
            client.awaitCount(SubflowEvent.Kind.ADDED, SOCKETS);
            client.send(BYTES, 20_000);
            client.awaitReceived(BYTES);

            assertThat(client.session().subflows()).hasSize(SOCKETS).allMatch(info -> info.path()
                    .equals(path(peers)));
            assertThat(client.events(SubflowEvent.Kind.ADDED))
                    .allMatch(event -> event.path().equals(path(peers)));
            assertThat(paths(client)).singleElement().satisfies(stats -> {
                assertThat(stats.label()).isEqualTo("wifi");
                assertThat(stats.state()).isEqualTo(PathState.ACTIVE);
                assertThat(stats.successes()).isEqualTo(SOCKETS);
                assertThat(stats.bytesSent()).isEqualTo(BYTES);
            });
            assertThat(peers.accepted().session().subflows()).hasSize(SOCKETS);
            client.assertIntact();
        }
    }

    /** Each is dialled anew by itself; the path works meanwhile. */
    @Test
    void shouldReplaceOneThatIsLost() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 1);
            Recorder client = connect(peers, true);
            client.awaitCount(SubflowEvent.Kind.ADDED, SOCKETS);

            Peers.reset(client.firstSubflow());
            client.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            assertThat(paths(client)).singleElement().satisfies(stats -> assertThat(stats.state())
                    .isEqualTo(PathState.ACTIVE));
            client.awaitCount(SubflowEvent.Kind.ADDED, SOCKETS + 1);
            eventually().until(() -> client.session().subflows().size() == SOCKETS);
            client.send(BYTES, 20_000);
            client.awaitReceived(BYTES);
        }
    }

    /** To a server they are subflows as all others are. */
    @Test
    void shouldTakeAsManyAsTheServerLetsIn() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(peers.serverBootstrap(Echo::new).option(MultipathChannelOption.MAX_SUBFLOWS, 2), 1);
            Recorder client = connect(peers, true);
            client.awaitCount(SubflowEvent.Kind.ADDED, 2);
            eventually().until(() -> paths(client).get(0).failures() >= SOCKETS - 2);
            client.send(BYTES, 20_000);
            client.awaitReceived(BYTES);
            assertThat(client.session().subflows()).hasSize(2);
            assertThat(paths(client)).singleElement().satisfies(stats -> assertThat(stats.state())
                    .isEqualTo(PathState.ACTIVE));
            client.awaitCount(SubflowEvent.Kind.CROWDED_OUT, SOCKETS - 2);
            assertThat(client.events(SubflowEvent.Kind.CROWDED_OUT)).allSatisfy(event -> {
                assertThat(event.path()).isEqualTo(path(peers));
                assertThat(event.cause())
                        .isInstanceOf(JoinRefusedException.class)
                        .hasMessageContaining("the session has 2 subflows, and all deliver");
            });

            // Whose place is free then, one of them gets, or who has had it.
            Peers.reset(client.firstSubflow());
            client.awaitCount(SubflowEvent.Kind.ADDED, 3);
        }
    }

    @Test
    void shouldBeAddedAndRemovedAsOne() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client));
            Path more = path(peers);
            client.session().addPath(more).sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 2 + SOCKETS);
            client.session().removePath(more).sync();
            eventually().until(() -> client.session().subflows().size() == 2);
            assertThat(client.session().subflows())
                    .noneMatch(info -> info.path().equals(more));
        }
    }
}
