package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.PathState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The stream over sockets of each kind, its listeners and its session on different event loops. */
class EchoTest {

    private static final long BULK_BYTES = 3_000_000;

    static List<Arguments> transportsAndPaths() {
        List<Arguments> all = new ArrayList<>();
        for (TestTransport transport : TestTransport.values()) {
            for (int paths : new int[] {1, 2, 4}) {
                all.add(Arguments.of(transport, paths));
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("transportsAndPaths")
    void shouldEchoOverAllPaths(TestTransport transport, int paths) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Echo::new, paths);
            Recorder client = peers.connect();

            client.send(BULK_BYTES, 50_000);
            client.awaitReceived(BULK_BYTES);

            Recorder server = peers.accepted();
            assertThat(client.session().stats().paths())
                    .hasSize(paths)
                    .allMatch(path -> path.state() == PathState.ACTIVE && path.successes() == 1);
            peers.serverSubflows.forEach(subflow -> assertThat(
                            subflow.eventLoop() == server.channel().eventLoop())
                    .as("on the session's loop")
                    .isEqualTo(transport.movesSubflows()));
            client.channel().close().sync();
            server.awaitInactive();
            peers.awaitNothingLeft();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCarryBulkBothWaysAtOnce(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();

            client.send(BULK_BYTES, 64 * 1024);
            server.send(BULK_BYTES, 64 * 1024);
            client.awaitReceived(BULK_BYTES);
            server.awaitReceived(BULK_BYTES);

            server.channel().close().sync();
            client.awaitInactive();
            peers.awaitNothingLeft();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
        }
    }

    @Test
    void shouldKeepOrderOfWritesOfAllSizes() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 2);
            Recorder client = peers.connect();
            long total = 0;
            for (int size : new int[] {1, 2, 63, 64, 1400, 8191, 8192, 65_536, 65_537, 1 << 20, 3_000_000, 1}) {
                client.send(size, size);
                total += size;
                client.awaitReceived(total);
            }
            client.channel().close().sync();
            peers.awaitNothingLeft();
        }
    }
}
