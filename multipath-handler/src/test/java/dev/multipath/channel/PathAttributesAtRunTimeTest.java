package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.metrics.PathStats;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.scheduler.Schedulers;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is wanted of paths, from the beginning and at run time; over real sockets. */
class PathAttributesAtRunTimeTest {

    private static final PathAttributes BACKUP = PathAttributes.DEFAULT.withBackup(true);

    /** A client whose first path, the one that it dials first, has these. */
    private static Recorder connect(Peers peers, PathAttributes first) throws InterruptedException {
        List<Path> paths = new ArrayList<>(peers.server().localAddress().paths());
        paths.set(0, paths.get(0).with(first));
        Recorder client = new Recorder();
        peers.clientBootstrap(client).connect(MultipathAddress.of(paths)).sync();
        client.awaitCount(SubflowEvent.Kind.ADDED, paths.size());
        return client;
    }

    private static Path path(Recorder end, int index) {
        return end.session().subflows().get(index).path();
    }

    private static PathStats stats(Recorder end, Path path) {
        return end.session().stats().paths().stream()
                .filter(stats -> stats.label().equals(path.label()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldMakeAPathABackupAgainWhenItWasLost() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = connect(peers, BACKUP);
            Recorder server = peers.accepted();
            server.awaitCount(SubflowEvent.Kind.STATUS_CHANGED, 1);
            assertThat(client.session().subflows().stream().filter(SubflowInfo::backup))
                    .hasSize(1);

            client.firstSubflow().close();
            server.awaitCount(SubflowEvent.Kind.STATUS_CHANGED, 2);
            client.send(1_000_000, 20_000);
            server.awaitReceived(1_000_000);
            eventually()
                    .until(() -> client.session().subflows().stream()
                                    .filter(SubflowInfo::backup)
                                    .count()
                            == 1);
        }
    }

    @Test
    void shouldMakeAnAcceptedPathABackupByItsRule() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new).childOption(MultipathChannelOption.PATH_ATTRIBUTES, path -> {
                        int port = ((InetSocketAddress) path.local()).getPort();
                        return port % 2 == 0 ? BACKUP : PathAttributes.DEFAULT;
                    }),
                    2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            long backups = server.session().subflows().stream()
                    .filter(subflow -> ((InetSocketAddress) subflow.local()).getPort() % 2 == 0)
                    .count();

            eventually()
                    .until(() -> client.session().subflows().stream()
                                    .filter(SubflowInfo::backup)
                                    .count()
                            == backups);
        }
    }

    /** By the clock of the machine: never faster; how much slower depends on what else it does. */
    @Test
    void shouldKeepToTheCapThatIsSetAtRunTime() throws Exception {
        long bytesPerSecond = 1_000_000;
        long bytes = 500_000;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            client.session()
                    .setPathAttributes(path(client, 0), PathAttributes.DEFAULT.withMaxBytesPerSecond(bytesPerSecond))
                    .sync();

            long startNanos = System.nanoTime();
            client.send(bytes, 20_000);
            server.awaitReceived(bytes);

            // But for what may leave at once, and the last frame.
            assertThat(System.nanoTime() - startNanos).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(500 - 10 - 70));
            client.session()
                    .setPathAttributes(path(client, 0), PathAttributes.DEFAULT)
                    .sync();
            client.send(20 * bytes, 20_000);
            server.awaitReceived(21 * bytes);
        }
    }

    @Test
    void shouldCarryNoMoreThanTheQuotaWhateverHappensToTheSubflow() throws Exception {
        long quota = 1_000_000;
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = connect(peers, PathAttributes.DEFAULT.withQuotaBytes(quota));
            Recorder server = peers.accepted();
            Path limited = path(client, 0);
            client.channel().config().setOption(MultipathChannelOption.SCHEDULER, Schedulers.ROUND_ROBIN);

            client.send(300_000, 20_000);
            server.awaitReceived(300_000);
            client.firstSubflow().close();
            client.awaitCount(SubflowEvent.Kind.ADDED, 3);
            client.send(9_700_000, 20_000);
            server.awaitReceived(10_000_000);

            assertThat(stats(client, limited).bytesSent()).isLessThan(quota + (64 << 10));
        }
    }

    @Test
    void shouldRefuseAPathThatThereIsNot() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Recorder client = peers.connect();
            Path other = Path.of("other", new InetSocketAddress("127.0.0.1", 9));

            assertThatThrownBy(() ->
                            client.session().setPathAttributes(other, BACKUP).sync())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
