package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Options of a session, and those of sockets, which pass to every subflow, present and future. */
class OptionsTest {

    private static void assertAll(ChannelGroup subflows, int count, ChannelOption<?> option, Object value) {
        eventually()
                .until(() -> subflows.size() == count
                        && subflows.stream()
                                .allMatch(
                                        subflow -> value.equals(subflow.config().getOption(option))));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LOCAL")
    void shouldPassSocketOptionsToEverySubflow(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.listen(
                    peers.serverBootstrap(Recorder::new)
                            .childOption(ChannelOption.TCP_NODELAY, false)
                            .childOption(ChannelOption.SO_KEEPALIVE, true),
                    2);
            Recorder client = new Recorder();
            MultipathChannel session = peers.connect(peers.clientBootstrap(client)
                    .option(ChannelOption.TCP_NODELAY, false)
                    .option(ChannelOption.SO_KEEPALIVE, true));
            assertAll(peers.clientSubflows, 2, ChannelOption.TCP_NODELAY, false);
            assertAll(peers.clientSubflows, 2, ChannelOption.SO_KEEPALIVE, true);
            assertAll(peers.serverSubflows, 2, ChannelOption.TCP_NODELAY, false);
            assertAll(peers.serverSubflows, 2, ChannelOption.SO_KEEPALIVE, true);
            assertThat(session.config().getOption(ChannelOption.TCP_NODELAY)).isFalse();

            // A change reaches those that there are, and those that come.
            session.config().setOption(ChannelOption.TCP_NODELAY, true);
            assertAll(peers.clientSubflows, 2, ChannelOption.TCP_NODELAY, true);
            client.firstSubflow().close().sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 3);
            assertAll(peers.clientSubflows, 2, ChannelOption.TCP_NODELAY, true);

            Channel accepted = peers.accepted().channel();
            accepted.config().setOption(ChannelOption.TCP_NODELAY, true);
            assertAll(peers.serverSubflows, 2, ChannelOption.TCP_NODELAY, true);
        }
    }

    /** The first path's subflow, or that of one which joins; its options were looked at when its channel was made. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldPassSocketOptionsToASubflowThatIsBeingDialled(int slowPath) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            SlowPath transport = new SlowPath(
                    peers.server().localAddress().paths().get(slowPath).remote());
            Recorder client = new Recorder();
            // In this order, so that it waits for the slow one if that is the first.
            ChannelFuture connecting = peers.clientBootstrap(client)
                    .option(MultipathChannelOption.ATTEMPT_DELAY, Waiting.PATIENCE)
                    .option(
                            MultipathChannelOption.SUBFLOW_TRANSPORT,
                            transport.withInitializer(peers.clientSubflows::add))
                    .connect(peers.server().localAddress());
            Channel dialled = transport.dialled.poll(Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(dialled).isNotNull();

            connecting.channel().config().setOption(ChannelOption.TCP_NODELAY, false);
            connecting.channel().config().setOption(ChannelOption.SO_KEEPALIVE, true);
            connecting.channel().eventLoop().submit(() -> {}).sync();
            transport.ready.setSuccess(null);

            client.awaitCount(SubflowEvent.Kind.ADDED, 2);
            assertAll(peers.clientSubflows, 2, ChannelOption.TCP_NODELAY, false);
            assertAll(peers.clientSubflows, 2, ChannelOption.SO_KEEPALIVE, true);
        }
    }

    /** Connections to one address are ready when the test says so. */
    private static final class SlowPath extends ChangedTransport {
        final BlockingQueue<Channel> dialled = new LinkedBlockingQueue<>();
        final Promise<Void> ready = GlobalEventExecutor.INSTANCE.newPromise();
        private final SocketAddress slow;

        SlowPath(SocketAddress slow) {
            this.slow = slow;
        }

        @Override
        protected Future<?> whenReady(Channel subflow) {
            if (!subflow.remoteAddress().equals(slow)) {
                return super.whenReady(subflow);
            }
            dialled.add(subflow);
            return ready;
        }
    }

    /** The base protocol has no end of one direction; a subflow kept half open would never be known to be lost. */
    @Test
    void shouldNoticeTheEndOfSubflowsWhateverIsSaidAboutHalfClosure() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(peers.serverBootstrap(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true), 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(ChannelOption.ALLOW_HALF_CLOSURE, true));
            Recorder server = peers.accepted();
            client.channel().close().sync();
            server.awaitInactive();
            peers.awaitNothingLeft();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldPutHandlersOfTheInitializerBeneath(TestTransport transport) throws Exception {
        Set<Channel> written = ConcurrentHashMap.newKeySet();
        Set<Channel> read = ConcurrentHashMap.newKeySet();
        class Spy extends ChannelDuplexHandler {
            @Override
            public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                written.add(ctx.channel());
                ctx.write(msg, promise);
            }

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                read.add(ctx.channel());
                ctx.fireChannelRead(msg);
            }
        }
        SubflowTransport spied = SubflowTransport.ofEventLoop()
                .withInitializer(subflow -> subflow.pipeline().addLast(new Spy()));
        try (Peers peers = new Peers(transport)) {
            peers.listen(peers.serverBootstrap(Echo::new).option(MultipathChannelOption.SUBFLOW_TRANSPORT, spied), 2);
            Recorder client = new Recorder();
            peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.SUBFLOW_TRANSPORT, spied));
            client.send(1_000_000, 10_000);
            client.awaitReceived(1_000_000);
            // Of two paths at both ends; one that answers late on a busy machine is dialled once more.
            assertThat(written).hasSizeGreaterThanOrEqualTo(4).containsAll(peers.serverSubflows);
            assertThat(read).hasSizeGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void shouldHoldItsOwnOptionsAndRefuseWrongValues() {
        MultipathChannel channel = new MultipathChannel();
        Supplier<Scheduler> scheduler = RoundRobinScheduler::new;
        assertThat(channel.config().setOption(MultipathChannelOption.SCHEDULER, scheduler))
                .isTrue();
        assertThat(channel.config().getOption(MultipathChannelOption.SCHEDULER)).isSameAs(scheduler);
        assertThat(channel.config().getOption(MultipathChannelOption.LINGER)).isEqualTo(Duration.ofSeconds(10));
        assertThat(channel.config().getOption(ChannelOption.SO_SNDBUF)).isNull();
        assertThat(channel.config().getOptions()).containsKeys(MultipathChannelOption.LINGER, ChannelOption.AUTO_READ);

        assertThatThrownBy(() -> channel.config().setOption(MultipathChannelOption.MAX_FRAME_BYTES, (1 << 20) + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(channel.config().getOption(MultipathChannelOption.MAX_FRAME_BYTES))
                .isEqualTo(64 << 10);
        for (ChannelOption<Duration> option : List.of(
                MultipathChannelOption.LINGER,
                MultipathChannelOption.MAX_REDIAL_DELAY,
                MultipathChannelOption.ATTEMPT_DELAY)) {
            Duration before = channel.config().getOption(option);
            assertThatThrownBy(() -> channel.config().setOption(option, Duration.ofSeconds(-1)))
                    .as("%s", option)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(channel.config().getOption(option)).isEqualTo(before);
        }
        channel.unsafe().closeForcibly();
    }

    @Test
    void shouldScheduleAsTheOptionSays() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 2);
            Recorder client = new Recorder();
            MultipathChannel session = peers.connect(
                    peers.clientBootstrap(client).option(MultipathChannelOption.SCHEDULER, RoundRobinScheduler::new));
            for (int i = 1; i <= 10; i++) {
                client.send(1, 1);
                int sent = i;
                eventually()
                        .until(() -> session.stats().paths().stream()
                                        .mapToLong(path -> path.framesSent())
                                        .sum()
                                == sent);
            }
            assertThat(session.stats().paths()).allMatch(path -> path.framesSent() == 5);
        }
    }
}
