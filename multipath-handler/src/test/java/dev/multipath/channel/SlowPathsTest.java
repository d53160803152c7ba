package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Requirement;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Paths of half a second there and back, so that each answer comes later than the next path is dialled. */
class SlowPathsTest {

    private static final Duration ROUND_TRIP = Duration.ofMillis(500);

    @Test
    void shouldAskForOneSessionOnly() throws Exception {
        Recorder application = new Recorder();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            SubflowTransport late = SubflowTransport.ofEventLoop()
                    .withInitializer(ch -> ch.pipeline().addLast(new LateFirstRead()));
            peers.listen(
                    peers.serverBootstrap(Recorder::new).option(MultipathChannelOption.SUBFLOW_TRANSPORT, late), 3);
            peers.connect(peers.clientBootstrap(application)
                    .option(MultipathChannelOption.SUBFLOW_TRANSPORT, new LateConnection()));
            application.awaitCount(SubflowEvent.Kind.ADDED, 3);
            assertThat(peers.acceptedSessions()).isEqualTo(1);
        }
    }

    @Requirement("END-12")
    @Test
    void shouldWithdrawFromSessionThatIsOpenedTooLate() throws Exception {
        List<Recorder> applications = new CopyOnWriteArrayList<>();
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Promise<Void> release = peers.listenerGroup.next().newPromise();
            AtomicBoolean holding = new AtomicBoolean();
            SubflowTransport holdsTheFirst = SubflowTransport.ofEventLoop().withInitializer(ch -> {
                if (holding.compareAndSet(false, true)) {
                    ch.config().setAutoRead(false);
                    release.addListener(f -> ch.config().setAutoRead(true));
                }
            });
            peers.listen(
                    peers.serverBootstrap(() -> {
                                Recorder application = new Recorder();
                                applications.add(application);
                                return application;
                            })
                            .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ofHours(1))
                            .option(MultipathChannelOption.SUBFLOW_TRANSPORT, holdsTheFirst),
                    2);
            Recorder client = peers.connect();
            assertThat(applications).hasSize(1);
            release.setSuccess(null);
            eventually().until(() -> applications.size() == 2);
            applications.get(1).awaitInactive();
            assertThat(applications.get(1).exceptions()).isEmpty();
            client.send(1000, 100);
            applications.get(0).awaitReceived(1000);
        }
    }

    /** At the server: what comes first on a connection is read after a round trip. */
    private static final class LateFirstRead extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ctx.channel().config().setAutoRead(false);
            ctx.executor().schedule(() -> pass(ctx, msg), ROUND_TRIP.toMillis(), TimeUnit.MILLISECONDS);
        }

        private void pass(ChannelHandlerContext ctx, Object msg) {
            ctx.fireChannelRead(msg);
            ctx.fireChannelReadComplete();
            ctx.pipeline().remove(this);
            ctx.channel().config().setAutoRead(true);
        }
    }

    /** At the client: a connection takes a round trip. */
    private static final class LateConnection extends ChangedTransport {

        @Override
        protected Future<?> whenReady(Channel subflow) {
            return subflow.eventLoop().schedule(() -> {}, ROUND_TRIP.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
