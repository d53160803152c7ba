package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.admission.SourceQuota;
import dev.multipath.codec.ConnectionId;
import dev.multipath.metrics.FrameCount;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathMeasurements;
import dev.multipath.metrics.PathState;
import dev.multipath.metrics.PathStateChange;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.path.Path;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionRole;
import dev.multipath.transport.ChangedTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What anybody may see of the sessions that live, on whatever thread: these tests are on none of a session's. */
class LiveSessionsTest {

    private static SessionSnapshot snapshot(Recorder end) {
        return end.session().snapshot();
    }

    private static PathStats path(Recorder end, Path path) {
        return snapshot(end).stats().paths().stream()
                .filter(stats -> stats.label().equals(path.label()))
                .findFirst()
                .orElseThrow();
    }

    /** Those that are not gone. */
    private static List<PathStats> present(SessionSnapshot session) {
        return session.stats().paths().stream()
                .filter(path -> path.state() != PathState.DOWN)
                .toList();
    }

    private static List<PathStats> present(Recorder end) {
        return present(snapshot(end));
    }

    /** Dials, as long as it is not forbidden: then an attempt never becomes ready. */
    private static final class Replacements extends ChangedTransport {
        private final Promise<Void> never = GlobalEventExecutor.INSTANCE.newPromise();
        private volatile boolean forbidden;

        @Override
        protected Future<?> whenReady(Channel subflow) {
            return forbidden ? never : super.whenReady(subflow);
        }
    }

    /** The causes make up the whole. */
    private static void assertConsistent(PathStats path) {
        assertThat(path.repeated()).containsOnlyKeys(RepetitionCause.values());
        assertThat(path.repeated().values().stream()
                        .mapToLong(FrameCount::frames)
                        .sum())
                .isEqualTo(path.framesRetransmitted());
        assertThat(path.repeated().values().stream()
                        .mapToLong(FrameCount::bytes)
                        .sum())
                .isEqualTo(path.bytesRetransmitted());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellNameProfileAndNumbersOfEachSession(boolean extended) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 2);
            assertThat(peers.server().sessions()).isEmpty();
            List<Recorder> clients = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Recorder client = new Recorder();
                peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, extended));
                client.send(200_000, 10_000);
                client.awaitReceived(200_000);
                clients.add(client);
            }

            // Eventually: on a busy machine a path may be stale for a moment, and be replaced.
            eventually().untilAsserted(() -> assertThat(peers.server().sessions())
                    .hasSize(3)
                    .allSatisfy(session -> {
                        assertThat(session.role()).isEqualTo(SessionRole.SERVER);
                        assertThat(session.profile()).isEqualTo(extended ? Profile.EXTENDED : Profile.BASE);
                        assertThat(session.channel().parent()).isSameAs(peers.server());
                        assertThat(session.subflows()).hasSize(2);
                        assertThat(session.stats().suspended()).isFalse();
                        assertThat(session.stats().age()).isPositive();
                        assertThat(present(session)).hasSize(2).allMatch(path -> path.state() == PathState.ACTIVE);
                        assertThat(session.stats().paths()).allSatisfy(LiveSessionsTest::assertConsistent);
                    }));
            List<SessionSnapshot> sessions = peers.server().sessions();
            Set<ConnectionId> names = new HashSet<>();
            for (Recorder client : clients) {
                SessionSnapshot own = snapshot(client);
                names.add(own.connectionId());
                assertThat(own.role()).isEqualTo(SessionRole.CLIENT);
                assertThat(own.profile()).isEqualTo(extended ? Profile.EXTENDED : Profile.BASE);
            }
            assertThat(sessions).extracting(SessionSnapshot::connectionId).containsExactlyInAnyOrderElementsOf(names);

            clients.get(0).channel().close().sync();
            eventually().until(() -> peers.server().sessions().size() == 2);
            Duration age = snapshot(clients.get(0)).stats().age();
            assertThat(snapshot(clients.get(0)).stats().age())
                    .as("of one that is over")
                    .isEqualTo(age);
        }
    }

    @Test
    void shouldTellNothingOfAChannelThatHasNoSession() {
        MultipathChannel channel = new MultipathChannel();
        assertThat(channel.snapshot())
                .isEqualTo(new SessionSnapshot(
                        channel,
                        null,
                        SessionRole.CLIENT,
                        Profile.UNDECIDED,
                        List.of(),
                        List.of(),
                        new MultipathStats(List.of(), 0, 0, 0, false, null)));
        channel.unsafe().closeForcibly();
    }

    /** On a busy machine a path may be silent for a moment at any time: until the client is told to, it replaces none. */
    @ParameterizedTest
    @EnumSource
    void shouldTellWhatAPathIsLikeAndWhatBecomesOfIt(TestTransport transport) throws Exception {
        Instant before = Instant.now().minusSeconds(1);
        Replacements replacements = new Replacements();
        try (Peers peers = new Peers(transport)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .childOption(MultipathChannelOption.SCHEDULER, RoundRobinScheduler::new),
                    2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            replacements.withInitializer(peers.clientSubflows::add)));
            Recorder server = peers.accepted();
            server.awaitCount(SubflowEvent.Kind.ADDED, 2);
            replacements.forbidden = true;
            server.send(1_000_000, 50_000);
            client.awaitReceived(1_000_000);
            eventually().untilAsserted(() -> {
                MultipathStats stats = snapshot(server).stats();
                assertThat(stats.unacknowledgedBytes()).isZero();
                // Copies, of which there may be some on a busy machine, are acknowledged later.
                assertThat(stats.paths()).allMatch(path -> path.measured().inFlightBytes() == 0);
            });
            assertThat(snapshot(server).stats().queuedBytes()).isZero();
            assertThat(present(server)).hasSize(2).allSatisfy(path -> {
                assertThat(path.lastChange().reason())
                        .isIn(
                                PathStateChange.Reason.JOINED,
                                PathStateChange.Reason.SILENT,
                                PathStateChange.Reason.ANSWERED);
                assertThat(path.lastChange().at())
                        .isBetween(before, Instant.now().plusSeconds(1));
                PathMeasurements measured = path.measured();
                assertThat(path.rtt()).isPositive();
                assertThat(measured.minRtt()).isPositive();
                assertThat(measured.rttVariance().isNegative()).isFalse();
                assertThat(measured.deliveryRateBytesPerSecond()).isPositive();
                assertThat(measured.inFlightLimitBytes()).isPositive();
            });

            // One falls silent while it carries something: another carries that too.
            Channel silenced = client.firstSubflow();
            Path path = server.session().subflows().stream()
                    .filter(subflow -> subflow.remote().equals(silenced.localAddress()))
                    .findFirst()
                    .orElseThrow()
                    .path();
            silenced.config().setAutoRead(false);
            server.send(1_000_000, 50_000);
            eventually().untilAsserted(() -> {
                PathStats stale = path(server, path);
                assertThat(stale.state()).isEqualTo(PathState.STALE);
                assertThat(stale.lastChange().state()).isEqualTo(PathState.STALE);
                assertThat(stale.lastChange().reason()).isEqualTo(PathStateChange.Reason.SILENT);
                assertThat(stale.measured().inFlightBytes()).isPositive();
            });
            client.awaitReceived(2_000_000);
            // What it held was copied to the other subflow, some of it before it was called stale.
            eventually().untilAsserted(() -> assertThat(snapshot(server).stats().paths().stream()
                            .flatMap(each -> Stream.of(
                                            RepetitionCause.STALENESS,
                                            RepetitionCause.HEAD_OF_LINE,
                                            RepetitionCause.TAIL)
                                    .map(each::repeated))
                            .mapToLong(FrameCount::bytes)
                            .sum())
                    .isPositive());

            // Then it is killed.
            Peers.reset(silenced);
            eventually().untilAsserted(() -> {
                PathStats lost = path(server, path);
                assertThat(lost.state()).isEqualTo(PathState.DOWN);
                assertThat(lost.lastChange().reason()).isIn(PathStateChange.Reason.LOST, PathStateChange.Reason.CLOSED);
                assertThat(lost.measured().inFlightBytes()).isZero();
                assertThat(lost.measured().inFlightLimitBytes()).isEqualTo(-1);
                assertThat(lost.measured().minRtt()).isPositive();
                assertConsistent(lost);
            });
            eventually().untilAsserted(() -> assertThat(present(server))
                    .anyMatch(other -> other.state() == PathState.ACTIVE));
        }
    }

    /** With its cause, as its last failure has it. */
    @Test
    void shouldTellWhyAPathIsDown() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            server.awaitCount(SubflowEvent.Kind.ADDED, 2);
            Channel killed = client.firstSubflow();
            Peers.reset(killed);
            server.awaitCount(SubflowEvent.Kind.REMOVED, 1);
            Path path = server.events(SubflowEvent.Kind.REMOVED).get(0).path();

            PathStats lost = path(server, path);
            assertThat(lost.lastChange().reason()).isEqualTo(PathStateChange.Reason.LOST);
            assertThat(lost.lastChange().cause())
                    .isNotNull()
                    .isSameAs(lost.lastFailure().cause());
        }
    }

    @Test
    void shouldTellWhetherASessionIsSuspended() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Path only = peers.server().localAddress().paths().get(0);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();

            client.session().removePath(only).sync();

            eventually().until(() -> snapshot(client).stats().suspended());
            eventually().until(() -> peers.server().sessions().get(0).stats().suspended());
            assertThat(client.session().stats().paths())
                    .singleElement()
                    .satisfies(path -> assertThat(path.lastChange().reason()).isEqualTo(PathStateChange.Reason.CLOSED));
            assertThat(peers.server().sessions().get(0).subflows()).isEmpty();

            client.session().addPath(only).sync();
            eventually().until(() -> !snapshot(client).stats().suspended());
            eventually().until(() -> !snapshot(server).stats().suspended());
        }
    }

    @Test
    void shouldTellWhatWaits() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            Recorder client = peers.connect();
            Recorder server = peers.accepted();
            server.channel().config().setAutoRead(false);
            server.firstSubflow().config().setAutoRead(false);
            client.send(100_000_000, 100_000);

            eventually().untilAsserted(() -> {
                MultipathStats stats = snapshot(client).stats();
                assertThat(stats.queuedBytes()).isPositive();
                assertThat(stats.unacknowledgedBytes()).isGreaterThan(stats.queuedBytes());
                assertThat(stats.heldBytes()).isGreaterThanOrEqualTo(stats.unacknowledgedBytes() / 2);
                PathMeasurements measured = stats.paths().get(0).measured();
                assertThat(measured.inFlightBytes()).isPositive();
                assertThat(stats.queuedBytes() + measured.inFlightBytes()).isEqualTo(stats.unacknowledgedBytes());
            });
            client.session().abort(256, "");
        }
    }

    @Test
    void shouldBeReadFromManyThreadsWhileSessionsWork() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 2);
            Recorder client = peers.connect();
            List<CompletableFuture<Long>> readers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                readers.add(CompletableFuture.supplyAsync(() -> {
                    long read = 0;
                    long sentBefore = 0;
                    while (!over.get()) {
                        peers.server().sessions();
                        MultipathStats stats = client.session().stats();
                        long sent = stats.paths().stream()
                                .mapToLong(PathStats::bytesSent)
                                .sum();
                        assertThat(sent).isGreaterThanOrEqualTo(sentBefore);
                        assertThat(stats.queuedBytes()).isNotNegative();
                        sentBefore = sent;
                        read++;
                        Thread.yield();
                    }
                    return read;
                }));
            }
            for (int i = 1; i <= 20; i++) {
                client.send(500_000, 20_000);
                client.awaitReceived(500_000L * i);
            }
            over.set(true);
            for (CompletableFuture<Long> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
            client.assertIntact();
        } finally {
            over.set(true);
        }
    }

    @Test
    void shouldListAThousandSessionsQuickly() throws Exception {
        int count = 1000;
        try (Peers peers = new Peers(TestTransport.LOCAL)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .option(MultipathChannelOption.MAX_PENDING_HANDSHAKES, 2 * count)
                            .option(MultipathChannelOption.SOURCE_QUOTA, SourceQuota.NONE),
                    1);
            List<ChannelFuture> connects = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                connects.add(peers.clientBootstrap(new ChannelInboundHandlerAdapter())
                        .connect(peers.server().localAddress()));
            }
            for (ChannelFuture connect : connects) {
                connect.sync();
            }
            List<SessionSnapshot> sessions = peers.server().sessions();
            assertThat(sessions).hasSize(count).doesNotHaveDuplicates();
            // Some milliseconds on an idle machine, once classes are loaded; a busy one is soon less so for a moment.
            eventually().untilAsserted(() -> {
                long startNanos = System.nanoTime();
                assertThat(peers.server().sessions()).hasSize(count);
                assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofMillis(100));
            });
            assertThat(sessions).extracting(SessionSnapshot::connectionId).doesNotHaveDuplicates();
        }
    }
}
