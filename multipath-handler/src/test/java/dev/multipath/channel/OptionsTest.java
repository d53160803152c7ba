package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.group.ChannelGroup;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
            peers.clientSubflows.iterator().next().close().sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 3);
            assertAll(peers.clientSubflows, 2, ChannelOption.TCP_NODELAY, true);

            Channel accepted = peers.accepted().channel();
            accepted.config().setOption(ChannelOption.TCP_NODELAY, true);
            assertAll(peers.serverSubflows, 2, ChannelOption.TCP_NODELAY, true);
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
            assertThat(written).hasSize(4);
            assertThat(read).hasSize(4);
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
        assertThatThrownBy(() -> channel.config().setOption(MultipathChannelOption.LINGER, Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class);
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
