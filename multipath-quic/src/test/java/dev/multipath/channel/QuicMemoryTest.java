package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ResetFrame;
import dev.multipath.path.MultipathAddress;
import dev.multipath.quic.Cuts;
import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** What quiche has to be seen to hold for each, if nobody is ended before. */
    private static final int HOARDED_BYTES = 3 * MIB;

    private static final int SESSIONS = 8;

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
            InetSocketAddress place = place(peers);
            Recorder honest = new Recorder();
            peers.connect(QuicSetup.clientBootstrap(peers, honest, QuicSetup.client()));
            long mostBytes = 0;
            try (QuicHoarder hoarder = new QuicHoarder(place)) {
                for (int i = 1; i <= HOARDERS; i++) {
                    long usedBytes = budget.usedBytes();
                    long evictedSessions = budget.evictedSessions();
                    hoarder.hoard(() -> budget.usedBytes() > usedBytes + HOARDED_BYTES
                            || budget.evictedSessions() > evictedSessions);
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
            InetSocketAddress place = place(peers);
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

    /** They are the least proven, but what is short they do not hold: each of their ends would be for nothing. */
    @Test
    void shouldLeaveThoseAloneWhoHoldNoneOfWhatIsShort() throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BUDGET_BYTES);
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(
                                    peers, Echo::new, QuicSetup.server().alongside(SubflowTransport.ofEventLoop()))
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget),
                    1);
            MultipathAddress address = peers.server().localAddress();
            InetSocketAddress place = (InetSocketAddress) address.paths().get(0).remote();
            List<Recorder> overTcp = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                overTcp.add(connect(peers, SubflowTransport.ofEventLoop(), address));
            }
            try (QuicHoarder stranger = new QuicHoarder(place)) {
                while (peers.server().admission().forMemory() < SESSIONS) {
                    stranger.connect();
                }
                assertThat(overTcp).noneMatch(Recorder::isInactive);

                // As little as memory is freed by these, so little are descriptors by QUIC: it has one for all.
                Recorder overQuic = connect(peers, QuicSetup.client(), address);
                long before = peers.server().admission().evictedSessions();
                Channel listener = peers.serverSubflows.stream()
                        .filter(subflow -> !Cuts.isQuic(subflow))
                        .findAny()
                        .orElseThrow()
                        .parent();
                listener.pipeline().fireExceptionCaught(new IOException("Too many open files"));
                // All of those that were ended are among them.
                eventually().untilAsserted(() -> {
                    long ended = peers.server().admission().evictedSessions() - before;
                    assertThat(ended).isPositive();
                    assertThat(overTcp.stream().filter(Recorder::isInactive)).hasSize((int) ended);
                });
                assertThat(overQuic.isInactive()).isFalse();
            }
        }
    }

    /** Servers have it together: who crowds one of them takes from his own there, and not from who is at another. */
    @Test
    void shouldTakeFromTheCrowdAtWhicheverServerItIs() throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BUDGET_BYTES);
        try (Peers crowded = new Peers(TestTransport.EPOLL);
                Peers peers = new Peers(TestTransport.EPOLL)) {
            for (Peers each : List.of(crowded, peers)) {
                each.listen(
                        QuicSetup.serverBootstrap(each, Echo::new, QuicSetup.server())
                                .option(MultipathChannelOption.MEMORY_BUDGET, budget),
                        1);
            }
            List<Recorder> honest = new ArrayList<>();
            honest.add(connect(peers, QuicSetup.client(), peers.server().localAddress()));
            try (QuicHoarder stranger = new QuicHoarder(place(crowded))) {
                while (crowded.server().admission().forMemory() == 0) {
                    stranger.connect();
                }
                for (int i = 0; i < SESSIONS; i++) {
                    honest.add(connect(peers, QuicSetup.client(), peers.server().localAddress()));
                }
                assertThat(honest).noneMatch(Recorder::isInactive);
                assertThat(peers.server().admission().forMemory()).isZero();
            }
        }
    }

    /** Their peers are being told that they were cut; which is worth less than anybody who is there. */
    @Test
    void shouldTakeFirstFromThoseThatAreOver() throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(SMALL_BUDGET_BYTES);
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Recorder::new, QuicSetup.server())
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget),
                    1);
            Recorder honest = connect(peers, QuicSetup.client(), peers.server().localAddress());
            try (QuicHoarder stranger = new QuicHoarder(place(peers))) {
                for (int i = 0; i < SMALL_BUDGET_BYTES / RESTING_BYTES; i++) {
                    stranger.violate();
                }
                eventually().until(() -> peers.server().sessionCount() == 1);
                Recorder newcomer =
                        connect(peers, QuicSetup.client(), peers.server().localAddress());
                assertThat(honest.isInactive()).isFalse();
                assertThat(newcomer.isInactive()).isFalse();
                assertThat(peers.server().admission().forMemory()).isZero();
            }
        }
        eventually().until(() -> budget.usedBytes() == 0);
    }

    /** Its subflow and its session have gone, and quiche takes what comes for as long as it says so. */
    @Test
    void shouldCountWhatComesToAConnectionThatWasCut() throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(BUDGET_BYTES);
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Recorder::new, QuicSetup.server())
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget),
                    1);
            try (QuicHoarder stranger = new QuicHoarder(place(peers))) {
                QuicStreamChannel stream = stranger.violate();
                eventually().until(() -> peers.acceptedSessions() == 1 && peers.serverSubflows.isEmpty());
                stranger.hoard(stream, () -> budget.usedBytes() > MIB);
            }
        }
        eventually().until(() -> budget.usedBytes() == 0);
    }

    private static InetSocketAddress place(Peers peers) {
        return (InetSocketAddress) peers.server().localAddress().paths().get(0).remote();
    }

    private static Recorder connect(Peers peers, SubflowTransport transport, MultipathAddress address)
            throws InterruptedException {
        Recorder client = new Recorder();
        QuicSetup.clientBootstrap(peers, client, transport).connect(address).sync();
        client.awaitCount(SubflowEvent.Kind.ADDED, 1);
        return client;
    }

    /** A QUIC connection outlives its subflow, so that its last packets can be repeated; and is cut if its memory is wanted. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCountAConnectionUntilItHasGone(boolean isWanted) throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(BUDGET_BYTES);
        CompletableFuture<Long> heldBytes = new CompletableFuture<>();
        CompletableFuture<Long> leftBytes = new CompletableFuture<>();
        QuicTransport transport = QuicSetup.server();
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            SubflowTransport watched =
                    transport.withInitializer(subflow -> subflow.closeFuture().addListener(closed -> {
                        EventLoop loop = subflow.eventLoop();
                        // Behind what the end of a channel leaves for later.
                        loop.execute(() -> loop.execute(() -> {
                            heldBytes.complete(budget.usedBytes());
                            if (isWanted) {
                                transport.reset(subflow, ResetFrame.GOING_AWAY);
                            }
                            leftBytes.complete(budget.usedBytes());
                        }));
                    }));
            peers.listen(
                    QuicSetup.serverBootstrap(peers, Echo::new, watched)
                            .option(MultipathChannelOption.MEMORY_BUDGET, budget),
                    1);
            peers.connect(QuicSetup.clientBootstrap(peers, new Recorder(), QuicSetup.client()))
                    .close()
                    .sync();

            assertThat(heldBytes.get(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isGreaterThanOrEqualTo(RESTING_BYTES);
            assertThat(leftBytes.get() < RESTING_BYTES).isEqualTo(isWanted);
            eventually().until(() -> budget.usedBytes() == 0);
        }
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
