package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.PathStats;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.session.MultipathException;
import dev.multipath.testing.OneIn;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Subflows that die under a session; with the path emulator, see the failover tests of the examples. */
class SubflowLossTest {

    private static final long BULK_BYTES = 6_000_000;

    private static void reset(Channel subflow) {
        try {
            subflow.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            // Closed meanwhile: as good as reset.
            assertThat(subflow.isOpen()).isFalse();
        }
        subflow.close();
    }

    static List<Arguments> transportsAndEnds() {
        return java.util.Arrays.stream(TestTransport.values())
                .flatMap(transport -> java.util.stream.Stream.of(true, false).map(end -> Arguments.of(transport, end)))
                .toList();
    }

    @OneIn(2)
    @ParameterizedTest(name = "{0}, at the client''s end: {1}")
    @MethodSource("transportsAndEnds")
    void shouldLoseNothingWhenSubflowsDieUnderBulkBothWays(TestTransport transport, boolean atClient) throws Exception {
        int deaths = 4;
        try (Peers peers = new Peers(transport)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client)
                    .option(MultipathChannelOption.MAX_REDIAL_DELAY, Duration.ofMillis(100)));
            Recorder server = peers.accepted();
            ChannelGroup victims = atClient ? peers.clientSubflows : peers.serverSubflows;
            for (int i = 1; i <= deaths; i++) {
                client.send(BULK_BYTES / deaths, 50_000);
                server.send(BULK_BYTES / deaths, 50_000);
                long half = BULK_BYTES / deaths * i - BULK_BYTES / deaths / 2;
                eventually().until(() -> client.receivedBytes() >= half && server.receivedBytes() >= half);
                // The oldest, so that both paths get their turn.
                reset(victims.iterator().next());
                client.awaitCount(SubflowEvent.Kind.REMOVED, i);
                client.awaitCount(SubflowEvent.Kind.ADDED, 2 + i);
            }
            client.awaitReceived(BULK_BYTES);
            server.awaitReceived(BULK_BYTES);
            client.awaitAllActive();
            assertThat(client.session().stats().paths()).hasSize(2);
            client.channel().close().sync();
            server.awaitInactive();
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldUseARedialledPathAgain() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            // Each gets its share, whatever the machine makes of its round trips.
            peers.connect(
                    peers.clientBootstrap(client).option(MultipathChannelOption.SCHEDULER, RoundRobinScheduler::new));
            Recorder server = peers.accepted();
            client.firstSubflow().close().sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 3);
            Map<String, Long> before = framesSent(client);
            client.send(20_000_000, 100_000);
            server.awaitReceived(20_000_000);
            eventually().untilAsserted(() -> assertThat(framesSent(client))
                    .hasSize(2)
                    .allSatisfy((label, frames) -> assertThat(frames).isGreaterThan(before.get(label))));
        }
    }

    private static Map<String, Long> framesSent(Recorder end) {
        return end.session().stats().paths().stream()
                .collect(Collectors.toMap(PathStats::label, PathStats::framesSent));
    }

    private static Recorder connectWithoutResumption(Peers peers) throws InterruptedException {
        peers.listen(
                peers.serverBootstrap(Recorder::new)
                        .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ZERO),
                2);
        Recorder client = new Recorder();
        peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ZERO));
        return client;
    }

    /** Told as resets of the sockets, so not on the local transport, which has none. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LOCAL")
    void shouldFailBothEndsWhenAllSubflowsAreReset(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Recorder client = connectWithoutResumption(peers);
            Recorder server = peers.accepted();
            client.send(500_000_000, 50_000);
            eventually().until(() -> server.receivedBytes() > 500_000);
            List.copyOf(peers.clientSubflows).forEach(SubflowLossTest::reset);
            client.awaitInactive();
            server.awaitInactive();
            // Once and typed; not again from the close that follows.
            assertThat(client.exceptions()).hasSize(1).allMatch(e -> e instanceof MultipathException);
            assertThat(server.exceptions()).hasSize(1).allMatch(e -> e instanceof MultipathException);
            peers.awaitNothingLeft();
        }
    }

    @Test
    void shouldFailTheServersEndWhenTheClientVanishesBetweenFrames() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Recorder client = connectWithoutResumption(peers);
            Recorder server = peers.accepted();
            client.send(1000, 1000);
            server.awaitReceived(1000);
            List.copyOf(peers.clientSubflows).forEach(SubflowLossTest::reset);
            server.awaitInactive();
            assertThat(server.exceptions()).hasSize(1).allMatch(e -> e instanceof MultipathException);
        }
    }

    /** The peer's end of a socket and an acknowledgement that is written at that moment must not look like a failure. */
    @OneIn(value = 2, share = 1)
    @ParameterizedTest
    @EnumSource
    void shouldEndWithoutExceptionWheneverThePeerClosesInOrder(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            // So that pings and pongs cross the ends of the sockets.
            Duration busily = Duration.ofMillis(1);
            peers.listen(
                    peers.serverBootstrap(Recorder::new).childOption(MultipathChannelOption.PROBE_INTERVAL, busily), 2);
            for (int i = 0; i < 50; i++) {
                Recorder client = new Recorder();
                peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.PROBE_INTERVAL, busily));
                Recorder server = peers.accepted();
                client.send(100_000, 1_000);
                client.awaitSent(100_000);
                client.channel().close().sync();
                server.awaitInactive();
                assertThat(server.receivedBytes()).isEqualTo(100_000);
                assertThat(server.exceptions()).isEmpty();
                assertThat(client.exceptions()).isEmpty();
            }
            peers.awaitNothingLeft();
        }
    }
}
