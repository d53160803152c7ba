package dev.multipath.examples.stacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.metrics.PathStats;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathHistory;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** A client and a server in one session over two emulated paths, of which the faster one can be killed and revived. */
final class TwoPaths implements AutoCloseable {

    /** How the fast path dies. */
    enum Death {
        /** Nothing passes any more, and nobody is told. */
        BLACKHOLE(PathEmulator::blackhole, PathEmulator::restore, SubflowEvent.Kind.STALE),
        /** Its connections are reset, and new ones too. */
        REFUSAL(PathEmulator::down, PathEmulator::up, SubflowEvent.Kind.REMOVED);

        final Consumer<PathEmulator> begin;
        final Consumer<PathEmulator> end;
        private final SubflowEvent.Kind noticedAs;

        Death(Consumer<PathEmulator> begin, Consumer<PathEmulator> end, SubflowEvent.Kind noticedAs) {
            this.begin = begin;
            this.end = end;
            this.noticedAs = noticedAs;
        }
    }

    private static final String FAST = "fast";
    private static final String SLOW = "slow";

    /** Beyond this a path carries the application's data, and not just a handshake that came over it. */
    private static final long IN_USE_BYTES = 100_000;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(3, NioIoHandler.newFactory());
    private long repeatedUntilLastDeath;
    private final List<MultipathChannel> accepted = new CopyOnWriteArrayList<>();
    private final Watch clientWatch = new Watch();
    private final MultipathServerChannel listener;
    private final PathEmulator fast;
    private final PathEmulator slow;
    private final MultipathChannel client;
    private final MultipathChannel server;
    private final Watch serverWatch;

    private TwoPaths(
            PathSettings fastSettings,
            PathSettings slowSettings,
            Consumer<ChannelPipeline> serverHandlers,
            Consumer<ChannelPipeline> clientHandlers)
            throws InterruptedException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        listener = (MultipathServerChannel) new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        session.pipeline().addLast(new Watch());
                        serverHandlers.accept(session.pipeline());
                        accepted.add((MultipathChannel) session);
                    }
                })
                .bind(MultipathAddress.of(any, any))
                .sync()
                .channel();
        fast = emulate(0, FAST, fastSettings);
        slow = emulate(1, SLOW, slowSettings);
        client = (MultipathChannel) new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.PATH_HISTORY, new PathHistory())
                .option(MultipathChannelOption.MAX_REDIAL_DELAY, Duration.ofMillis(500))
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        session.pipeline().addLast(clientWatch);
                        clientHandlers.accept(session.pipeline());
                    }
                })
                .connect(MultipathAddress.of(Path.of(FAST, fast.address()), Path.of(SLOW, slow.address())))
                .sync()
                .channel();
        eventually().until(() -> client.remoteAddress().paths().size() == 2);
        // A client that asks over both paths at once may leave another session behind, which never had but one.
        eventually().until(() -> acceptedOverBoth().isPresent());
        server = acceptedOverBoth().orElseThrow();
        serverWatch = server.pipeline().get(Watch.class);
    }

    private Optional<MultipathChannel> acceptedOverBoth() {
        return accepted.stream()
                .filter(session -> session.remoteAddress() != null
                        && session.remoteAddress().paths().size() == 2)
                .findFirst();
    }

    /** Connects, and waits for both paths; whatever the handlers do when they become active happens meanwhile. */
    static TwoPaths connect(
            PathSettings fast,
            PathSettings slow,
            Consumer<ChannelPipeline> serverHandlers,
            Consumer<ChannelPipeline> clientHandlers)
            throws InterruptedException {
        return new TwoPaths(fast, slow, serverHandlers, clientHandlers);
    }

    private PathEmulator emulate(int index, String label, PathSettings settings) {
        InetSocketAddress target =
                (InetSocketAddress) listener.localAddress().paths().get(index).remote();
        return PathEmulator.builder(target).label(label).settings(settings).start(group);
    }

    /** How these tests wait: as long as a busy machine may need, and not longer than it takes. */
    static ConditionFactory eventually() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5));
    }

    MultipathChannel client() {
        return client;
    }

    /**
     * Kills the fast path while it carries data; returns when an end has noticed, and bytes had to be repeated. In a
     * blackhole only a sender notices soon.
     */
    void kill(Death death) {
        awaitUse(fast);
        long noticedBefore = fastPathEvents(death.noticedAs);

        death.begin.accept(fast);

        eventually().until(() -> fastPathEvents(death.noticedAs) > noticedBefore);
        // Perhaps just before already: on a busy machine what the path carried may have been late.
        eventually().until(() -> repeatedFrames() > repeatedUntilLastDeath);
        repeatedUntilLastDeath = repeatedFrames();
    }

    private long fastPathEvents(SubflowEvent.Kind kind) {
        SocketAddress target = listener.localAddress().paths().get(0).remote();
        return clientWatch.count(kind, path -> path.label().equals(FAST))
                + serverWatch.count(kind, path -> path.local().equals(target));
    }

    /** Ends what {@link #kill} began, and returns when the fast path carries data again. */
    void revive(Death death) {
        death.end.accept(fast);
        awaitUse(fast);
    }

    private static void awaitUse(PathEmulator path) {
        long before = bytes(path);
        eventually().until(() -> bytes(path) > before + IN_USE_BYTES);
    }

    private static long bytes(PathEmulator path) {
        return path.counters().toTargetBytes() + path.counters().fromTargetBytes();
    }

    private long repeatedFrames() {
        return Stream.of(client, server)
                .flatMap(end -> end.stats().paths().stream())
                .mapToLong(PathStats::framesRetransmitted)
                .sum();
    }

    /**
     * Waits for the session's end, which one of the stacks brings about; nothing was lost, and both paths had a part. The
     * base protocol's end is that of all connections, so one in a blackhole must be let out.
     */
    void awaitEnd() {
        fast.restore();
        eventually().until(() -> clientWatch.inactive && serverWatch.inactive);
        eventually().until(() -> listener.sessionCount() == 0);
        assertThat(clientWatch.exceptions).isEmpty();
        assertThat(serverWatch.exceptions).isEmpty();
        assertThat(client.stats().paths()).hasSize(2).allSatisfy(path -> assertThat(
                        path.bytesSent() + path.bytesReceived())
                .as(path.label())
                .isGreaterThan(IN_USE_BYTES));
    }

    @Override
    public void close() {
        fast.close();
        slow.close();
        EventLoops.shutDown(group);
    }

    /** First in a pipeline: keeps what the session itself says, and passes it on. */
    private static final class Watch extends ChannelInboundHandlerAdapter {
        private final List<SubflowEvent> events = new CopyOnWriteArrayList<>();
        private final List<Throwable> exceptions = new CopyOnWriteArrayList<>();
        private volatile boolean inactive;

        long count(SubflowEvent.Kind kind, Predicate<Path> path) {
            return events.stream()
                    .filter(event -> event.kind() == kind && path.test(event.path()))
                    .count();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SubflowEvent subflowEvent) {
                events.add(subflowEvent);
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            exceptions.add(cause);
            ctx.fireExceptionCaught(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            inactive = true;
            ctx.fireChannelInactive();
        }
    }
}
