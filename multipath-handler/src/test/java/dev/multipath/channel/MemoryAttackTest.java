package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MemoryAttacker.Kind;
import dev.multipath.codec.ConnectionId;
import dev.multipath.testing.OneIn;
import dev.multipath.transport.SubflowTransport;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Strangers who want a server's memory, beside an honest client: it never fails, what is held stays within the budget, and
 * soon after the strangers have gone all of it is back.
 */
class MemoryAttackTest {

    private static final int MIB = 1 << 20;
    private static final int BUDGET_BYTES = 16 * MIB;

    /** What the server's buffers may take: the budget, what a loop reads at a time, and what is on its way to a socket. */
    private static final int MOST_BYTES = 2 * BUDGET_BYTES;

    private final MemoryBudget budget = MemoryBudget.ofBytes(BUDGET_BYTES);

    /** The server's: tells exactly what is in use. */
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);

    private final List<MemoryAttacker> attackers = new ArrayList<>();
    private Peers peers;
    private Recorder honest;
    private long mostUsedBytes;
    private long mostAllocatedBytes;

    private void listen(TestTransport transport) throws Exception {
        peers = new Peers(transport);
        SubflowTransport tracked = Peers.tracking(peers.serverSubflows)
                .withInitializer(subflow -> subflow.config().setAllocator(allocator));
        peers.listen(
                peers.serverBootstrap(Echo::new)
                        .option(MultipathChannelOption.MEMORY_BUDGET, budget)
                        .option(MultipathChannelOption.SUBFLOW_TRANSPORT, tracked)
                        .childOption(ChannelOption.ALLOCATOR, allocator)
                        .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ofSeconds(3)),
                1);
        honest = peers.connect();
        echo();
    }

    @AfterEach
    void tearDown() throws IOException {
        for (MemoryAttacker attacker : attackers) {
            attacker.close();
        }
        peers.close();
    }

    private SocketAddress address() {
        return peers.server().localAddress().paths().get(0).remote();
    }

    /** One round trip of the honest client; and a look at what is used. */
    private void echo() {
        long expected = honest.receivedBytes() + 1000;
        honest.send(1000, 1000);
        honest.awaitReceived(expected);
        mostUsedBytes = Math.max(mostUsedBytes, budget.usedBytes());
        mostAllocatedBytes = Math.max(mostAllocatedBytes, allocator.metric().usedDirectMemory());
    }

    @OneIn(2)
    @ParameterizedTest
    @CsvSource({
        "HOLE, 100, 500000",
        "BASE_HOLE, 8, 15000000",
        "PINNED_HOLE, 10, 500000",
        "DEAF_ECHO, 10, 6000000",
    })
    void shouldKeepToTheBudgetBesideAnHonestClient(Kind kind, int connections, int bytes) throws Exception {
        listen(TestTransport.NIO);
        for (int i = 0; i < connections; i++) {
            attackers.add(new MemoryAttacker(address()).open(kind != Kind.BASE_HOLE));
        }
        attackAll(kind, bytes, null);
        assertHonestServed();
    }

    @ParameterizedTest
    @EnumSource(
            names = {"NIO", "LOCAL"},
            mode = EnumSource.Mode.EXCLUDE)
    void shouldCollectNothingForWhoHasProvedNothing(TestTransport transport) throws Exception {
        listen(transport);
        ConnectionId known;
        try (MemoryAttacker first = new MemoryAttacker(address()).open(true)) {
            known = first.session();
            for (int i = 0; i < 16; i++) {
                attackers.add(new MemoryAttacker(address()));
            }
            attackAll(Kind.UNFINISHED_FRAME, 900_000, known);
            assertThat(mostAllocatedBytes).isLessThan(MIB);
        }
        assertHonestServed();
    }

    private void attackAll(Kind kind, int bytes, ConnectionId known) {
        List<Thread> threads = new ArrayList<>();
        for (MemoryAttacker attacker : attackers) {
            Thread thread = new Thread(() -> {
                try {
                    attacker.attack(kind, bytes, known);
                } catch (IOException ended) {
                    // By the server: that is what it is for.
                }
            });
            threads.add(thread);
            thread.start();
        }
        while (threads.stream().anyMatch(Thread::isAlive)) {
            echo();
        }
    }

    private void assertHonestServed() throws IOException {
        for (int i = 0; i < 100; i++) {
            echo();
        }
        assertThat(honest.exceptions()).isEmpty();
        assertThat(honest.isInactive()).isFalse();
        assertThat(mostUsedBytes).isLessThanOrEqualTo(BUDGET_BYTES);
        assertThat(mostAllocatedBytes).isLessThan(MOST_BYTES);
        for (MemoryAttacker attacker : attackers) {
            attacker.close();
        }
        Awaitility.await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            assertThat(budget.usedBytes()).isLessThan(MIB);
            assertThat(allocator.metric().usedDirectMemory()).isLessThan(MIB);
        });
        assertThat(budget.pressure()).isEqualTo(MemoryPressure.NONE);
        echo();
    }
}
