package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.PathFailure;
import dev.multipath.metrics.PathStats;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.JoinRefusedException;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What is remembered of paths: not too much, and why they fail. */
class PathRecordsTest {

    private static MultipathChannel connect(Peers peers, Path... paths) throws InterruptedException {
        return (MultipathChannel) peers.clientBootstrap(new Recorder())
                .connect(MultipathAddress.of(paths))
                .sync()
                .channel();
    }

    @Test
    void shouldRememberOnlyTheLatestOfThePathsThatAreNoMore() throws Exception {
        int cycles = 2 * ChannelPaths.MAX_REMEMBERED;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Path first = peers.server().localAddress().paths().get(0);
            MultipathChannel client = connect(peers, first);
            for (int i = 0; i < cycles; i++) {
                Path path = Path.of("path " + i, first.remote());
                client.addPath(path).sync();
                client.removePath(path).sync();
            }

            eventually().untilAsserted(() -> assertThat(client.stats().paths())
                    .hasSize(ChannelPaths.MAX_REMEMBERED)
                    .extracting(PathStats::label)
                    .contains(first.label(), "path " + (cycles - 1), "path " + (cycles - 2))
                    .doesNotContain("path 0"));
            // One that comes back has its counters still.
            Path back = Path.of("path " + (cycles - 1), first.remote());
            client.addPath(back).sync();
            assertThat(stats(client, back.label()).successes()).isEqualTo(2);
        }
    }

    private static PathStats stats(MultipathChannel channel, String label) {
        return channel.stats().paths().stream()
                .filter(path -> path.label().equals(label))
                .findFirst()
                .orElseThrow();
    }

    private static PathFailure lastFailure(MultipathChannel channel, String label) {
        eventually().until(() -> stats(channel, label).lastFailure() != null);
        return stats(channel, label).lastFailure();
    }

    @Test
    void shouldTellWhyAPathFailedLast() throws Exception {
        Instant before = Instant.now().minusSeconds(1);
        try (Peers peers = new Peers(TestTransport.NIO);
                Peers strangers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            strangers.listen(Recorder::new, 1);
            Path good = peers.server().localAddress().paths().get(0);
            Path wrong = Path.of(
                    "wrong", strangers.server().localAddress().paths().get(0).remote());
            Path dead = Path.of("dead", new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
            MultipathChannel client = connect(peers, good);
            client.addPath(dead).await();
            client.addPath(wrong).await();

            assertThat(lastFailure(client, "dead").cause()).isInstanceOf(ConnectException.class);
            PathFailure refused = lastFailure(client, "wrong");
            assertThat(refused.cause())
                    .isInstanceOf(JoinRefusedException.class)
                    .hasMessageContaining("does not know the session");
            assertThat(refused.at()).isBetween(before, Instant.now().plusSeconds(1));
            assertThat(stats(client, "wrong").failures()).isEqualTo(1);
            assertThat(stats(client, good.label()).lastFailure()).isNull();

            // The loss of a subflow is one too.
            Channel lost = peers.serverSubflows.iterator().next();
            Peers.reset(lost);
            assertThat(lastFailure(client, good.label()).cause()).isNotNull();
        }
    }

    /** As a kernel does for a process that has died, or a proxy that has enough. */
    @Test
    void shouldTellOfASubflowThatWasClosedWithoutAWord() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Path path = peers.server().localAddress().paths().get(0);
            MultipathChannel client = connect(peers, path);

            peers.serverSubflows.iterator().next().close();

            // What is written just then meets a reset.
            assertThat(lastFailure(client, path.label()).cause()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void shouldNotCallTheEndOfASessionAFailureOfItsPaths() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            MultipathAddress address = peers.server().localAddress();
            MultipathChannel client = connect(peers, address.paths().toArray(Path[]::new));
            Recorder server = peers.accepted();
            eventually().until(() -> client.subflows().size() == 2);

            client.close().sync();
            server.session().closeFuture().sync();

            assertThat(client.stats().paths())
                    .extracting(PathStats::lastFailure)
                    .containsOnlyNulls();
            assertThat(server.session().stats().paths())
                    .extracting(PathStats::lastFailure)
                    .containsOnlyNulls();
        }
    }
}
