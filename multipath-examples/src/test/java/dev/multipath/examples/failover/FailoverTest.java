package dev.multipath.examples.failover;

import static dev.multipath.examples.failover.Application.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.examples.emulator.Direction;
import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathHistory;
import dev.multipath.session.MultipathException;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Paths are killed, blackholed, reset and restored under bulk load both ways. Two paths: a fast and a slow one. */
class FailoverTest {

    private static final String FAST = "fast";
    private static final String SLOW = "slow";

    /** Several seconds' worth of the slow path, so that failures come in the middle. */
    private static final long BULK_BYTES = 6_000_000;

    /** More than is sent before the end comes, however late that is asked for. */
    private static final long ENDLESS_BYTES = 1_000 * BULK_BYTES;

    private static final PathSettings FAST_SETTINGS = PathSettings.ofMbit(40, Duration.ofMillis(5));
    private static final PathSettings SLOW_SETTINGS = PathSettings.ofMbit(20, Duration.ofMillis(15));

    /** The design's limit is a second; the rest is for a busy machine. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(3, NioIoHandler.newFactory());
    private final BlockingQueue<Application> accepted = new LinkedBlockingQueue<>();
    private final Application client = new Application();
    private Application server;
    private Duration resumptionTimeout = Duration.ofMinutes(1);
    private MultipathServerChannel serverChannel;
    private PathEmulator fast;
    private PathEmulator slow;

    @BeforeEach
    void listen() throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        serverChannel = (MultipathServerChannel) new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        Application application = new Application();
                        session.pipeline().addLast(application);
                        accepted.add(application);
                    }
                })
                .bind(MultipathAddress.of(any, any))
                .sync()
                .channel();
        fast = path(0, FAST, FAST_SETTINGS);
        slow = path(1, SLOW, SLOW_SETTINGS);
    }

    private PathEmulator path(int listener, String label, PathSettings settings) {
        InetSocketAddress target = (InetSocketAddress)
                serverChannel.localAddress().paths().get(listener).remote();
        return PathEmulator.builder(target).label(label).settings(settings).start(group);
    }

    private ChannelFuture connectOver(PathEmulator... paths) {
        List<Path> all = java.util.Arrays.stream(paths)
                .map(path -> Path.of(path.label(), path.address()))
                .toList();
        return new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.PATH_HISTORY, new PathHistory())
                .option(MultipathChannelOption.RESUMPTION_TIMEOUT, resumptionTimeout)
                .handler(client)
                .connect(MultipathAddress.of(all));
    }

    private void connect() throws Exception {
        connectOver(fast, slow).sync();
        client.awaitCount(SubflowEvent.Kind.ADDED, FAST, 1);
        client.awaitCount(SubflowEvent.Kind.ADDED, SLOW, 1);
        // A late answer makes a client ask on its other path too; the session that it drops then is given up in a
        // while.
        eventually().until(() -> serverChannel.sessionCount() == 1);
        do {
            server = accepted.poll(60, TimeUnit.SECONDS);
            assertThat(server).as("an accepted session").isNotNull();
        } while (!server.channel().isOpen());
    }

    /** Then the loss of all subflows is the end. */
    private void connectWithoutResumption() throws Exception {
        resumptionTimeout = Duration.ZERO;
        connect();
    }

    private void sendBothWays(long bytes) {
        client.send(bytes);
        server.send(bytes);
    }

    private void awaitBoth(long bytes) {
        client.awaitAtLeast(bytes);
        server.awaitAtLeast(bytes);
    }

    private void awaitAllAndClose(long bytes) throws Exception {
        client.awaitAll(bytes);
        server.awaitAll(bytes);
        client.channel().close().sync();
        server.awaitInactive();
        assertThat(server.exceptions()).isEmpty();
        eventually().until(() -> serverChannel.sessionCount() == 0);
    }

    private long sent(String label) {
        return client.channel().stats().paths().stream()
                .filter(path -> path.label().equals(label))
                .mapToLong(path -> path.framesSent())
                .sum();
    }

    /** Of as much again: what there was to send may have been sent already. */
    private void assertUsed(String label) {
        long sentBefore = sent(label);
        sendBothWays(BULK_BYTES);
        eventually().until(() -> sent(label) > sentBefore);
    }

    @AfterEach
    void shutDown() {
        fast.close();
        slow.close();
        EventLoops.shutDown(group);
    }

    @Test
    void shouldLoseNothingWhenOnePathIsResetAndDialAndUseItAgain() throws Exception {
        connect();
        sendBothWays(BULK_BYTES);
        awaitBoth(BULK_BYTES / 4);

        fast.reset();

        client.awaitCount(SubflowEvent.Kind.REMOVED, FAST, 1);
        client.awaitCount(SubflowEvent.Kind.ADDED, FAST, 2);
        // What there was to send may have been sent meanwhile, so a pause from here on is none of the session's.
        Duration pause = client.longestPause();
        assertUsed(FAST);
        awaitAllAndClose(2 * BULK_BYTES);
        assertThat(pause).isLessThan(LONGEST_PAUSE);
    }

    @Test
    void shouldGoOnOverTheOtherPathWhenOneIsDownAndTakeItBackWhenItIsUp() throws Exception {
        connect();
        sendBothWays(2 * BULK_BYTES);
        awaitBoth(BULK_BYTES / 4);

        fast.down();
        client.awaitCount(SubflowEvent.Kind.REMOVED, FAST, 1);
        awaitBoth(BULK_BYTES / 2);
        assertThat(client.count(SubflowEvent.Kind.ADDED, FAST)).isEqualTo(1);

        fast.up();
        client.awaitCount(SubflowEvent.Kind.ADDED, FAST, 2);
        awaitAllAndClose(2 * BULK_BYTES);
    }

    @Test
    void shouldGoOnOverTheOtherPathWhenOneIsBlackholedAndUseItAgainWhenRestored() throws Exception {
        connect();
        sendBothWays(2 * BULK_BYTES);
        awaitBoth(BULK_BYTES / 4);

        fast.blackhole();
        client.awaitCount(SubflowEvent.Kind.STALE, FAST, 1);
        long serverBytes = server.receivedBytes();
        long clientBytes = client.receivedBytes();
        server.awaitAtLeast(serverBytes + BULK_BYTES / 8);
        client.awaitAtLeast(clientBytes + BULK_BYTES / 8);

        fast.restore();
        eventually()
                .until(() -> client.count(SubflowEvent.Kind.RECOVERED, FAST) > 0
                        || client.count(SubflowEvent.Kind.ADDED, FAST) > 1);
        Duration clientPause = client.longestPause();
        Duration serverPause = server.longestPause();
        assertUsed(FAST);
        awaitAllAndClose(3 * BULK_BYTES);
        assertThat(clientPause).isLessThan(LONGEST_PAUSE);
        assertThat(serverPause).isLessThan(LONGEST_PAUSE);
    }

    @Test
    void shouldGoOnWhenOnlyTheAcknowledgementsOfAPathAreBlackholed() throws Exception {
        connect();
        sendBothWays(BULK_BYTES);
        awaitBoth(BULK_BYTES / 4);
        fast.blackhole(Direction.FROM_TARGET);
        client.awaitCount(SubflowEvent.Kind.STALE, FAST, 1);
        awaitAllAndClose(BULK_BYTES);
    }

    @Test
    void shouldSurviveAsManyFailuresAsThereAre() throws Exception {
        connect();
        sendBothWays(2 * BULK_BYTES);
        for (int i = 1; i <= 3; i++) {
            awaitBoth(2 * BULK_BYTES * i / 8);
            fast.reset();
            awaitBoth(2 * BULK_BYTES * i / 8 + BULK_BYTES / 8);
            slow.blackhole();
            client.awaitCount(SubflowEvent.Kind.STALE, SLOW, 1);
            slow.restore();
        }
        awaitAllAndClose(2 * BULK_BYTES);
    }

    @Test
    void shouldWaitAndGoOnWhenAllPathsAreBlackholedForAWhile() throws Exception {
        connect();
        sendBothWays(BULK_BYTES);
        awaitBoth(BULK_BYTES / 4);
        fast.blackhole();
        slow.blackhole();
        client.awaitCount(SubflowEvent.Kind.STALE, FAST, 1);
        client.awaitCount(SubflowEvent.Kind.STALE, SLOW, 1);
        assertThat(client.isInactive()).isFalse();
        fast.restore();
        slow.restore();
        awaitAllAndClose(BULK_BYTES);
    }

    @Test
    void shouldGoOnByteForByteWhenAllPathsAreDownForAWhile() throws Exception {
        connect();
        sendBothWays(BULK_BYTES);
        awaitBoth(BULK_BYTES / 4);
        for (int outage = 1; outage <= 2; outage++) {
            fast.down();
            slow.down();
            client.awaitCount(SubflowEvent.Kind.REMOVED, FAST, outage);
            client.awaitCount(SubflowEvent.Kind.REMOVED, SLOW, outage);
            assertThat(client.isInactive()).isFalse();
            fast.up();
            slow.up();
            client.awaitCount(SubflowEvent.Kind.ADDED, FAST, outage + 1);
            client.awaitCount(SubflowEvent.Kind.ADDED, SLOW, outage + 1);
        }
        awaitAllAndClose(BULK_BYTES);
        assertThat(client.exceptions()).isEmpty();
    }

    @Test
    void shouldFailBothEndsWhenAllPathsAreReset() throws Exception {
        connectWithoutResumption();
        sendBothWays(ENDLESS_BYTES);
        awaitBoth(BULK_BYTES / 4);

        fast.down();
        slow.down();

        client.awaitInactive();
        server.awaitInactive();
        assertThat(client.exceptions()).hasSize(1).allMatch(e -> e instanceof MultipathException);
        assertThat(server.exceptions()).hasSize(1).allMatch(e -> e instanceof MultipathException);
        assertThat(client.receivedBytes()).isLessThan(ENDLESS_BYTES);
        eventually().until(() -> serverChannel.sessionCount() == 0);
    }

    @Test
    void shouldFailTheReaderWhenAllPathsAreResetInTheMiddle() throws Exception {
        connectWithoutResumption();
        server.send(ENDLESS_BYTES);
        client.awaitAtLeast(BULK_BYTES / 4);
        fast.down();
        slow.down();
        client.awaitInactive();
        assertThat(client.receivedBytes()).isLessThan(ENDLESS_BYTES);
        assertThat(client.exceptions()).hasSize(1).allMatch(e -> e instanceof MultipathException);
    }

    @Test
    void shouldConnectOverTheOtherPathWhenTheFirstIsDeadAndTakeItInLater() throws Exception {
        fast.blackhole();
        slow.down();
        PathEmulator third = path(1, "third", SLOW_SETTINGS);
        try {
            connectOver(fast, slow, third).sync();
            server = accepted.poll(60, TimeUnit.SECONDS);
            fast.restore();
            slow.up();
            client.awaitCount(SubflowEvent.Kind.ADDED, FAST, 1);
            client.awaitCount(SubflowEvent.Kind.ADDED, SLOW, 1);
            sendBothWays(BULK_BYTES / 4);
            awaitAllAndClose(BULK_BYTES / 4);
        } finally {
            third.close();
        }
    }

    @Test
    void shouldCloseWithEverythingDeliveredWhenAPathIsBlackholedMeanwhile() throws Exception {
        connect();
        client.send(BULK_BYTES / 2);
        server.awaitAtLeast(BULK_BYTES / 4);
        fast.blackhole();
        eventually().until(client::sentAll);
        client.channel().close().sync();
        assertThat(server.receivedBytes()).isEqualTo(BULK_BYTES / 2);
        fast.restore();
        server.awaitInactive();
    }

    @Test
    void shouldHoldUpTheSenderOfASlowReaderAndGoOn() throws Exception {
        connect();
        server.channel().config().setAutoRead(false);
        client.send(4 * BULK_BYTES);
        eventually().until(() -> !client.channel().isWritable());
        fast.reset();
        client.awaitCount(SubflowEvent.Kind.ADDED, FAST, 2);
        server.channel().config().setAutoRead(true);
        server.awaitAll(4 * BULK_BYTES);
        client.channel().close().sync();
    }
}
