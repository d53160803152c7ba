package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.PathState;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.path.Path;
import dev.multipath.scheduler.RoundRobinScheduler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application is told of its paths. */
class EventsAndStatsTest {

    private static final class Counts implements StatsTracker {
        final LongAdder sent = new LongAdder();
        final LongAdder received = new LongAdder();
        final LongAdder retransmitted = new LongAdder();
        final LongAdder rtts = new LongAdder();

        @Override
        public void onSent(int payloadBytes) {
            sent.add(payloadBytes);
        }

        @Override
        public void onReceived(int payloadBytes) {
            received.add(payloadBytes);
        }

        @Override
        public void onRetransmitted(int payloadBytes) {
            retransmitted.add(payloadBytes);
        }

        @Override
        public void onRttUpdated(long smoothedRttNanos) {
            rtts.increment();
        }
    }

    @Test
    void shouldTellAPathsTrackerWhatTheStatsCount() throws Exception {
        Map<Path, Counts> trackers = new ConcurrentHashMap<>();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 2);
            Recorder client = new Recorder();
            MultipathChannel session = peers.connect(peers.clientBootstrap(client)
                    .option(
                            MultipathChannelOption.STATS_TRACKER,
                            path -> trackers.computeIfAbsent(path, p -> new Counts())));
            client.send(2_000_000, 20_000);
            client.awaitReceived(2_000_000);
            // Everything is acknowledged, so the counters stand still.
            eventually().until(() -> session.eventLoop()
                    .submit(() -> session.driver().session().unacknowledgedBytes() == 0)
                    .get());

            assertThat(trackers.keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            peers.server().localAddress().paths());
            // What was repeated on a busy machine may come yet.
            eventually().untilAsserted(() -> {
                for (PathStats stats : session.stats().paths()) {
                    Counts counts = trackers.entrySet().stream()
                            .filter(entry -> entry.getKey().label().equals(stats.label()))
                            .findFirst()
                            .orElseThrow()
                            .getValue();
                    assertThat(counts.sent.sum()).isEqualTo(stats.bytesSent());
                    assertThat(counts.received.sum()).isEqualTo(stats.bytesReceived());
                    assertThat(counts.retransmitted.sum()).isEqualTo(stats.bytesRetransmitted());
                    assertThat(counts.rtts.sum()).isPositive();
                    assertThat(stats.rtt()).isPositive();
                }
            });
            assertThat(session.stats().paths().stream()
                            .mapToLong(PathStats::bytesSent)
                            .sum())
                    .isEqualTo(2_000_000);
            client.awaitAllActive();
            assertThat(session.stats().format().lines()).hasSize(2).allMatch(line -> line.contains("ACTIVE"));

            session.close().sync();
            assertThat(session.stats().paths()).allMatch(path -> path.state() == PathState.ACTIVE);
        }
    }

    /** The first path's tracker fails at whatever it is told, that of the second cannot be made. */
    @Test
    void shouldGoOnWithoutATrackerThatFails() throws Exception {
        AtomicInteger told = new AtomicInteger();
        class Failing implements StatsTracker {
            private void fail() {
                told.incrementAndGet();
                throw new IllegalStateException("cannot count");
            }

            @Override
            public void onSent(int payloadBytes) {
                fail();
            }

            @Override
            public void onReceived(int payloadBytes) {
                fail();
            }

            @Override
            public void onRetransmitted(int payloadBytes) {
                fail();
            }

            @Override
            public void onRttUpdated(long smoothedRttNanos) {
                fail();
            }
        }
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 2);
            Path first = peers.server().localAddress().paths().get(0);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.STATS_TRACKER, path -> {
                if (path.equals(first)) {
                    return new Failing();
                }
                throw new IllegalStateException("no tracker");
            }));

            client.send(2_000_000, 20_000);
            client.awaitReceived(2_000_000);

            assertThat(told).hasValue(1);
            client.awaitAllActive();
            assertThat(client.count(SubflowEvent.Kind.REMOVED) > 0
                            || client.session().stats().paths().stream().allMatch(path -> path.failures() == 0))
                    .as("no failure, but of a subflow that the machine was too busy for")
                    .isTrue();
            client.channel().close().sync();
            assertThat(client.exceptions()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldTellWhenASubflowGoesStaleAndRecovers(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            // Both subflows carry data, whatever their round-trip times.
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .childOption(MultipathChannelOption.SCHEDULER, RoundRobinScheduler::new),
                    2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            server.awaitCount(SubflowEvent.Kind.ADDED, 2);
            // At the client's end, so that it is the server that goes without answers, and nobody dials a replacement.
            Channel silenced = client.firstSubflow();
            Path path = server.pathTo(silenced.localAddress());
            long staleBefore = server.count(SubflowEvent.Kind.STALE, path);
            silenced.config().setAutoRead(false);
            server.send(1_000_000, 100_000);
            client.awaitReceived(1_000_000);
            eventually().until(() -> server.count(SubflowEvent.Kind.STALE, path) > staleBefore);
            long recoveredBefore = server.count(SubflowEvent.Kind.RECOVERED, path);
            assertThat(server.count(SubflowEvent.Kind.STALE, path)).isEqualTo(staleBefore + 1);
            eventually().untilAsserted(() -> assertThat(server.session().stats().paths())
                    .anyMatch(stats -> stats.label().equals(path.label()) && stats.state() == PathState.STALE));

            silenced.config().setAutoRead(true);
            eventually().until(() -> server.count(SubflowEvent.Kind.RECOVERED, path) > recoveredBefore);
            server.awaitAllActive();
            client.channel().close().sync();
            server.awaitInactive();
        }
    }

    @Test
    void shouldReplaceASubflowThatStaysStale() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            Channel silenced = server.firstSubflow();
            Path path = client.pathTo(silenced.localAddress());
            silenced.config().setAutoRead(false);
            client.send(8_000_000, 50_000);
            server.awaitReceived(8_000_000);
            eventually().until(() -> client.count(SubflowEvent.Kind.STALE, path) >= 1);
            eventually().until(() -> client.count(SubflowEvent.Kind.ADDED, path) >= 2);
            eventually().until(() -> client.count(SubflowEvent.Kind.REMOVED, path) >= 1);
            client.awaitAllActive();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellAfterTheEndHowThePathsWereBeforeIt(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, extended));
            Recorder server = peers.accepted();
            server.awaitCount(SubflowEvent.Kind.ADDED, 2);
            client.send(1000, 1000);
            server.awaitReceived(1000);

            client.channel().close().sync();

            // On this thread, which is none of theirs.
            assertThat(client.session().stats().paths())
                    .hasSize(2)
                    .allMatch(path -> path.state() == PathState.ACTIVE && path.successes() == 1);
            server.awaitInactive();
            assertThat(server.session().stats().paths()).hasSize(2);
            peers.awaitNothingLeft();
            assertThat(client.session().stats().format()).contains("ACTIVE");
            assertThat(client.session().stats().paths()).allMatch(path -> path.failures() == 0);
        }
    }

    @Test
    void shouldForgetTheCountersOfLostPathsOnAServer() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Recorder client = new Recorder();
            // So that others can join by the session's name alone.
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, false));
            Recorder server = peers.accepted();
            // A second subflow that keeps the session alive, and others that come and go.
            try (RawPeer keeper = rawJoin(peers, server)) {
                for (int i = 0; i < 2 * ChannelPaths.MAX_REMEMBERED; i++) {
                    rawJoin(peers, server).close();
                    server.awaitCount(SubflowEvent.Kind.REMOVED, i + 1);
                }
                assertThat(server.session().stats().paths()).hasSizeLessThanOrEqualTo(ChannelPaths.MAX_REMEMBERED);
                assertThat(keeper.read(2)).isEqualTo(RawPeer.PING);
            }
            assertThat(client.isInactive()).isFalse();
        }
    }

    private static RawPeer rawJoin(Peers peers, Recorder server) throws Exception {
        RawPeer peer = new RawPeer(peers.server().localAddress().paths().get(0).remote());
        peer.greet(server.session().accepted().connectionId());
        return peer;
    }

    @Test
    void shouldTellTheOptionsOfTheServerApartFromThoseOfItsSessions() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .option(ChannelOption.SO_BACKLOG, 77)
                            .childOption(MultipathChannelOption.SEND_BUFFER_BYTES, 12345),
                    1);
            peers.connect();
            MultipathChannel session = peers.accepted().session();
            assertThat(session.config().getOption(MultipathChannelOption.SEND_BUFFER_BYTES))
                    .isEqualTo(12345);
            assertThat(peers.server().config().getOption(ChannelOption.SO_BACKLOG))
                    .isEqualTo(77);
        }
    }
}
