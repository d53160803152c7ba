package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.DialPolicy;
import dev.multipath.path.EstablishedSubflow;
import dev.multipath.path.Path;
import dev.multipath.path.PathHistory;
import dev.multipath.path.PathManager;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.ResumptionTimeoutException;
import dev.multipath.transport.ChangedTransport;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a lost path is dialled again: soon if that was earned, ever more slowly if not. */
class RedialTest {

    /** What the server does to each subflow that has just resumed the session. */
    private enum Spite {
        VIOLATES(subflow -> subflow.pipeline()
                .firstContext()
                // A data frame of more than 1 MiB.
                .writeAndFlush(Unpooled.wrappedBuffer(new byte[] {(byte) 0x80, 0x10, 0x00, 0x01, 10}))),
        CLOSES(Channel::close),
        RESETS(subflow -> {
            subflow.config().setOption(ChannelOption.SO_LINGER, 0);
            subflow.close();
        });

        final Consumer<Channel> deed;

        Spite(Consumer<Channel> deed) {
            this.deed = deed;
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveUpAServerThatSpoilsEverySubflowThatItLetsIn(Spite spite) throws Exception {
        Duration timeout = Duration.ofSeconds(3);
        AtomicInteger dials = new AtomicInteger();
        AtomicBoolean spiteful = new AtomicBoolean();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(
                    () -> new Recorder() {
                        @Override
                        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                            super.userEventTriggered(ctx, event);
                            // Who joins before it is seen that the first one is spoilt, too.
                            if (spiteful.get()
                                    && (event == MultipathSessionEvent.RESUMED
                                            || event instanceof SubflowEvent added
                                                    && added.kind() == SubflowEvent.Kind.ADDED)) {
                                List.copyOf(session().driver().links().all())
                                        .forEach(link -> spite.deed.accept(link.channel()));
                            }
                        }
                    },
                    2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client)
                    .option(MultipathChannelOption.RESUMPTION_TIMEOUT, timeout)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            Peers.tracking(peers.clientSubflows).withInitializer(subflow -> dials.incrementAndGet())));
            Recorder server = peers.accepted();
            client.send(1_000_000, 50_000);
            server.awaitReceived(1_000_000);
            // A join that is under way would keep the session alive, and nobody would spoil that.
            client.awaitCount(SubflowEvent.Kind.ADDED, 2);
            int before = dials.get();
            spiteful.set(true);

            List.copyOf(peers.clientSubflows).forEach(Channel::close);

            client.awaitInactive();
            assertThat(client.exceptions()).singleElement().isInstanceOf(ResumptionTimeoutException.class);
            // Of two paths, in three seconds: about .2, .6, 1.4 and 3 s after the loss.
            assertThat(dials.get() - before).isLessThanOrEqualTo(14);
            server.channel().close();
        }
    }

    /** A loop on which a second takes ten milliseconds, and that remembers how long its timers should take. */
    private static final class HastyGroup extends MultiThreadIoEventLoopGroup {
        final List<Duration> delays = new CopyOnWriteArrayList<>();

        HastyGroup() {
            super(1, NioIoHandler.newFactory());
        }

        @Override
        protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... args) {
            return new SingleThreadIoEventLoop(this, executor, handlers) {
                @Override
                public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
                    if (delays != null) {
                        delays.add(Duration.ofNanos(unit.toNanos(delay)));
                    }
                    return super.schedule(command, unit.toNanos(delay) / 100, TimeUnit.NANOSECONDS);
                }
            };
        }

        Duration last() {
            return delays.get(delays.size() - 1);
        }
    }

    /** A session that takes what it gets. */
    private static final class Established implements PathManager.Listener {
        final List<EstablishedSubflow> subflows = new CopyOnWriteArrayList<>();
        final AtomicInteger failures = new AtomicInteger();
        PathManager manager;

        @Override
        public JoinOffer offer() {
            return JoinOffer.BASE;
        }

        @Override
        public void onSession(ConnectionId connectionId) {}

        @Override
        public void onSubflow(EstablishedSubflow subflow) {
            subflows.add(subflow);
            manager.onSubflowDelivers(subflow.path(), subflow.channel());
        }

        @Override
        public void onPathFailed(Path path, Throwable cause) {
            failures.incrementAndGet();
        }

        @Override
        public void onAllPathsFailed(AllPathsFailedException cause) {}
    }

    /** A path that has long been given hope up for is tried at once when the last one that delivers no longer does. */
    @Test
    void shouldDialAllPathsSoonWhenTheLastThatDeliversGoesStale() throws Exception {
        HastyGroup group = new HastyGroup();
        InetSocketAddress refused = new InetSocketAddress("127.0.0.1", 1);
        Established session = new Established();
        try (RawPeer.Listener listener = RawPeer.Listener.deaf()) {
            EventLoop loop = group.next();
            PathManager manager = new PathManager(
                    loop,
                    new ChangedTransport() {
                        @Override
                        protected void onDial(SocketAddress remote) {
                            if (remote.equals(refused)) {
                                throw new UnsupportedOperationException("refused");
                            }
                        }
                    },
                    Map::of,
                    DialPolicy.of(Duration.ZERO, Duration.ofMillis(250), Duration.ofSeconds(30)),
                    new PathHistory(),
                    new Random(1),
                    session);
            session.manager = manager;
            Path good = Path.of("good", listener.address());
            Path dead = Path.of("dead", refused);
            loop.submit(() -> manager.start(List.of(good, dead))).sync();
            eventually().until(() -> session.subflows.size() == 1);
            Channel subflow = session.subflows.get(0).channel();
            // By now it would be dialled every 15 to 45 s.
            eventually().until(() -> session.failures.get() >= 10);

            Duration beforeStale = group.last();
            loop.submit(() -> {
                        group.delays.clear();
                        manager.onSubflowDoubtful(good, subflow, 1 << 20);
                        manager.onNoneDelivers();
                    })
                    .sync();

            assertThat(beforeStale).isGreaterThanOrEqualTo(Duration.ofSeconds(15));
            // The stale one's at once, and the other's.
            assertThat(List.copyOf(group.delays).subList(0, 3)).allMatch(delay -> delay.toMillis() <= 300);

            // Not a second time for nothing: the same subflow has earned nothing since.
            int failures = session.failures.get();
            eventually().until(() -> session.failures.get() >= failures + 9);
            loop.submit(() -> {
                        group.delays.clear();
                        manager.onSubflowLost(good, subflow, 1 << 20);
                        manager.onNoneDelivers();
                        assertThat(group.delays).noneMatch(delay -> delay.toMillis() < 100);
                        manager.stop(false);
                    })
                    .sync();
            session.subflows.forEach(each -> each.channel().close());
        } finally {
            group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS).sync();
        }
    }
}
