package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** What strangers have quiche hold for them is a part of the server's memory budget. */
class QuicMemoryTest {

    private static final int MIB = 1 << 20;
    private static final int BUDGET_BYTES = 16 * MIB;

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
