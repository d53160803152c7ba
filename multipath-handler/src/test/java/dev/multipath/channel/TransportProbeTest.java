package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.Subflow;
import dev.multipath.transport.SubflowConnection;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportDecorator;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a transport knows of a path stands in the path's statistics, at both ends. */
class TransportProbeTest {

    private static final TransportStats KNOWN = new TransportStats(1, 2, 3, 0, 4, 5, 6, MptcpStats.NONE);
    private static final int BYTES = 200_000;
    private static final long LEAST_TIME_OUT_NANOS = 200_000_000;

    /** Says what it is told to say, and on which thread it was asked. */
    private static class Telling extends TransportDecorator {

        final AtomicInteger asked = new AtomicInteger();
        final AtomicInteger askedElsewhere = new AtomicInteger();

        Telling(SubflowTransport base) {
            super(base);
        }

        @Override
        public TransportStats stats(Channel subflow) {
            asked.incrementAndGet();
            if (!subflow.eventLoop().inEventLoop()) {
                askedElsewhere.incrementAndGet();
            }
            return KNOWN;
        }
    }

    private static TransportStats known(Recorder end) {
        return end.session().stats().paths().stream()
                .map(PathStats::transport)
                .filter(stats -> !stats.equals(TransportStats.NONE))
                .findFirst()
                .orElse(TransportStats.NONE);
    }

    private static Recorder exchange(Peers peers, SubflowTransport transport) throws InterruptedException {
        peers.listen(
                peers.serverBootstrap(Echo::new)
                        .option(
                                MultipathChannelOption.SUBFLOW_TRANSPORT,
                                transport.withInitializer(peers.serverSubflows::add)),
                1);
        Recorder client = new Recorder();
        peers.connect(peers.clientBootstrap(client)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        transport.withInitializer(peers.clientSubflows::add)));
        client.send(BYTES, 10_000);
        client.awaitReceived(BYTES);
        return client;
    }

    @Test
    void shouldTellWhatTheKernelKnowsAtBothEnds() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            Recorder client = exchange(peers, SubflowTransport.ofEventLoop());
            Recorder server = peers.accepted();
            assertThat(known(client).congestionWindowBytes()).isPositive();
            assertThat(known(client).smoothedRttNanos()).isPositive();
            assertThat(known(server).congestionWindowBytes()).isPositive();
        }
    }

    @Test
    void shouldTellNothingWhereThereIsNothingToAsk() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            assertThat(known(exchange(peers, SubflowTransport.ofEventLoop()))).isEqualTo(TransportStats.NONE);
        }
    }

    /** Whether the subflow lives on the session's loop, or on one of its own. */
    @ParameterizedTest
    @EnumSource
    void shouldAskOnTheLoopOfTheSubflow(TestTransport loops) throws Exception {
        try (Peers peers = new Peers(loops)) {
            Telling telling = new Telling(SubflowTransport.ofEventLoop());
            Recorder client = exchange(peers, telling);
            Recorder server = peers.accepted();
            eventually().untilAsserted(() -> {
                assertThat(known(client)).isEqualTo(KNOWN);
                assertThat(known(server)).isEqualTo(KNOWN);
            });
            assertThat(telling.askedElsewhere).hasValue(0);
        }
    }

    @Test
    void shouldGoOnWithATransportThatThrows() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            AtomicInteger asked = new AtomicInteger();
            Recorder client = exchange(peers, new TransportDecorator(SubflowTransport.ofEventLoop()) {
                @Override
                public TransportStats stats(Channel subflow) {
                    asked.incrementAndGet();
                    throw new IllegalStateException("closed meanwhile");
                }
            });
            assertThat(known(client)).isEqualTo(TransportStats.NONE);
            assertThat(asked).hasPositiveValue();
            assertThat(client.exceptions()).isEmpty();
        }
    }

    /** On the subflow's loop, if the session says so; and not if it does not. */
    @ParameterizedTest
    @CsvSource({"true, 1", "false, 0"})
    void shouldHaveTheTransportBeginAnew(boolean wanted, int times) {
        AtomicInteger restarts = new AtomicInteger();
        EmbeddedChannel subflow = new EmbeddedChannel();
        Telling telling = new Telling(SubflowTransport.ofEventLoop()) {
            @Override
            public void restartCongestionControl(Channel channel) {
                assertThat(channel.eventLoop().inEventLoop()).isTrue();
                restarts.incrementAndGet();
                throw new IllegalStateException("not possible");
            }
        };
        TransportProbe probe =
                new TransportProbe(new SubflowConnection(subflow, telling), new TransportProbe.Listener() {
                    @Override
                    public void inSessionLoop(Runnable task) {
                        task.run();
                    }

                    @Override
                    public boolean onTransport(TransportStats stats, long nowNanos) {
                        return wanted;
                    }
                });
        probe.ask(BYTES, SessionClock.nowNanos());
        assertThat(restarts).hasValue(times);
        subflow.close();
    }

    /** A session at rest costs nothing, and one at work a call each 10 ms at the most. */
    @Test
    void shouldAskNowAndThen() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Telling telling = new Telling(SubflowTransport.ofEventLoop());
            long startNanos = System.nanoTime();
            Recorder client = exchange(peers, telling);
            for (int i = 0; i < 100; i++) {
                client.send(10, 10);
                client.awaitReceived(BYTES + 10 * (i + 1));
            }
            long intervals = (System.nanoTime() - startNanos) / Subflow.TRANSPORT_INTERVAL_NANOS;
            assertThat((long) telling.asked.get()).isBetween(2L, 2 * (intervals + 1));
        }
    }

    /** What says little is not limited by what its transport knows. */
    @Test
    void shouldHardlyAskBesideSmallMessages() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Telling telling = new Telling(SubflowTransport.ofEventLoop());
            long startNanos = System.nanoTime();
            peers.listen(
                    peers.serverBootstrap(Echo::new)
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    telling.withInitializer(peers.serverSubflows::add)),
                    1);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            telling.withInitializer(peers.clientSubflows::add)));
            for (int i = 1; i <= 300; i++) {
                client.send(10, 10);
                client.awaitReceived(10 * i);
            }
            long nanos = System.nanoTime() - startNanos;
            long intervals = nanos / TransportProbe.SLOW_INTERVAL_NANOS;
            // And before a subflow is called stale, on a machine that makes it wait.
            long timeOuts = nanos / LEAST_TIME_OUT_NANOS;
            assertThat((long) telling.asked.get()).isBetween(2L, 2 * (intervals + timeOuts + 1));
        }
    }
}
