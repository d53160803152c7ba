package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What strangers have quiche hold for them is a part of the server's memory budget. */
class QuicMemoryTest {

    private static final int MIB = 1 << 20;
    private static final int BUDGET_BYTES = 16 * MIB;

    /** The least there is. */
    private static final int SMALL_BUDGET_BYTES = 4 * MIB;

    /** A connection that does nothing. */
    private static final int RESTING_BYTES = 60 << 10;

    /** Several times as many as there is room for: each has quiche hold some MiB. */
    private static final int HOARDERS = 12;

    private static final int HOARDED_BYTES = 8000;

    /** So many that it is looked at what was held for them. */
    private static final int REQUESTS = 2000;

    private static final int REQUEST_BYTES = 64;

    @Test
    void shouldEndWhoHasQuicheHoldMuchForNothing() throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(BUDGET_BYTES);
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Echo::new, QuicSetup.server())
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget),
                    1);
            InetSocketAddress place = (InetSocketAddress)
                    peers.server().localAddress().paths().get(0).remote();
            Recorder honest = new Recorder();
            peers.connect(QuicSetup.clientBootstrap(peers, honest, QuicSetup.client()));
            long mostBytes = 0;
            try (QuicHoarder hoarder = new QuicHoarder(place)) {
                for (int i = 1; i <= HOARDERS; i++) {
                    hoarder.hoard(HOARDED_BYTES);
                    honest.send(100_000, 10_000);
                    honest.awaitReceived(100_000L * i);
                    mostBytes = Math.max(mostBytes, budget.usedBytes());
                }
                assertThat(budget.evictedSessions()).isGreaterThan(HOARDERS / 3);
                // One may have come between two looks, and somebody has to be there to be ended.
                assertThat(mostBytes).isBetween((long) MIB, 2L * BUDGET_BYTES);
                eventually().until(() -> budget.usedBytes() < BUDGET_BYTES);
            }
            assertThat(honest.exceptions()).isEmpty();
            assertThat(honest.isInactive()).isFalse();
        }
        eventually().until(() -> budget.usedBytes() == 0);
    }

    /** Who opens connections that do nothing takes from his own, and half of the memory stays for what sessions carry. */
    @Test
    void shouldHaveNoMoreConnectionsAtRestThanThereIsMemoryFor() throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BUDGET_BYTES);
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Echo::new, QuicSetup.server())
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget),
                    1);
            InetSocketAddress place = (InetSocketAddress)
                    peers.server().localAddress().paths().get(0).remote();
            Recorder honest = new Recorder();
            peers.connect(QuicSetup.clientBootstrap(peers, honest, QuicSetup.client()));
            assertThat(budget.usedBytes()).isBetween((long) RESTING_BYTES, 2L * RESTING_BYTES);
            honest.send(100_000, 10_000);
            honest.awaitReceived(100_000);
            long mostBytes = 0;
            try (QuicHoarder stranger = new QuicHoarder(place)) {
                int connections = 0;
                while (connections < 2 * SMALL_BUDGET_BYTES / RESTING_BYTES) {
                    connections += stranger.connect() ? 1 : 0;
                    mostBytes = Math.max(mostBytes, budget.usedBytes());
                }
                assertThat(mostBytes).isBetween(SMALL_BUDGET_BYTES / 2L, SMALL_BUDGET_BYTES * 7L / 10);
                assertThat(peers.server().admission().forMemory()).isPositive();

                Recorder newcomer = new Recorder();
                QuicSetup.clientBootstrap(peers, newcomer, QuicSetup.client())
                        .connect(peers.server().localAddress())
                        .sync();
                for (Recorder client : List.of(newcomer, honest)) {
                    long before = client.receivedBytes();
                    client.send(100_000, 10_000);
                    client.awaitReceived(before + 100_000);
                    assertThat(client.exceptions()).isEmpty();
                }
            }
        }
        eventually().until(() -> budget.usedBytes() == 0);
    }

    /** Small requests are mostly headers and acknowledgements, of which no stream brings anything; and that is no fault. */
    @Test
    void shouldCountNothingOfWhoMakesSmallRequests() throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(BUDGET_BYTES);
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Echo::new, QuicSetup.server())
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget),
                    1);
            Recorder honest = new Recorder();
            peers.connect(QuicSetup.clientBootstrap(peers, honest, QuicSetup.client()));
            for (int i = 1; i <= REQUESTS; i++) {
                honest.send(REQUEST_BYTES, REQUEST_BYTES);
                honest.awaitReceived((long) REQUEST_BYTES * i);
                assertThat(budget.usedBytes()).isLessThan(MIB / 4);
            }
        }
    }
}
