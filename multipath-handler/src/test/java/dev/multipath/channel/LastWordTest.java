package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.testing.Requirement;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Everything has arrived, both ways, and then the last acknowledgement is lost with all subflows: both ends end in order. */
class LastWordTest {

    private static final long BYTES = 100_000;

    /** A network that can be made to carry nothing, and to reset all connections. */
    private static final class Network {
        private volatile boolean carriesToClient = true;
        private volatile boolean carriesToServer = true;
        private final AtomicInteger connections = new AtomicInteger();

        private ChannelDuplexHandler wire() {
            connections.incrementAndGet();
            return new ChannelDuplexHandler() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    if (carriesToClient) {
                        ctx.fireChannelRead(message);
                    } else {
                        ReferenceCountUtil.release(message);
                    }
                }

                @Override
                public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                    if (carriesToServer) {
                        ctx.write(message, promise);
                    } else {
                        ReferenceCountUtil.release(message);
                        promise.trySuccess();
                    }
                }
            };
        }

        private static void reset(Peers peers) {
            for (Channel subflow : List.copyOf(peers.clientSubflows)) {
                try {
                    subflow.config().setOption(ChannelOption.SO_LINGER, 0);
                } catch (ChannelException e) {
                    // Closed meanwhile: as good as reset.
                }
                subflow.close();
            }
        }
    }

    private static Bootstrap client(Peers peers, Recorder application, Network network) {
        return peers.clientBootstrap(application)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        Peers.tracking(peers.clientSubflows)
                                .withInitializer(subflow -> subflow.pipeline().addLast(network.wire())));
    }

    private static void awaitSuccess(ChannelFuture closing) throws InterruptedException {
        assertThat(closing.await(Waiting.PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .as("closed")
                .isTrue();
        assertThat(closing.cause()).isNull();
    }

    private static void awaitOutputFinished(Recorder end) {
        eventually().until(() -> end.channel()
                .eventLoop()
                .submit(() -> end.session().driver().session().isOutputFinished())
                .get());
    }

    /** Else there may be no room for the end behind what is on its way. */
    private static void awaitAcknowledged(Recorder end) {
        eventually().until(() -> end.session().stats().unacknowledgedBytes() == 0);
    }

    private static boolean hasHeardTheEnd(Recorder end) {
        return end.session().isInputShutdown();
    }

    @Requirement("END-16")
    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL", "IO_URING"})
    void shouldEndTheClientInOrderWhenTheServersLastAcknowledgementIsLost(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Network network = new Network();
            peers.listen(peers.serverBootstrap(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true), 2);
            Recorder client = new Recorder();
            peers.connect(client(peers, client, network));
            Recorder server = peers.accepted();
            server.send(BYTES, 1000);
            server.session().shutdownOutput().sync();
            eventually().until(() -> hasHeardTheEnd(client));
            assertThat(client.receivedBytes()).isEqualTo(BYTES);

            client.send(BYTES, 1000);
            server.awaitReceived(BYTES);
            awaitAcknowledged(client);
            network.carriesToClient = false;
            ChannelFuture closing = client.channel().close();
            eventually().until(() -> hasHeardTheEnd(server));
            awaitSuccess(server.channel().close());
            assertThat(closing.isDone()).isFalse();
            Network.reset(peers);
            network.carriesToClient = true;

            awaitSuccess(closing);
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    @Requirement("END-18")
    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL", "IO_URING"})
    void shouldEndTheServerInOrderWhenTheClientsLastAcknowledgementIsLost(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Network network = new Network();
            peers.listen(peers.serverBootstrap(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true), 2);
            Recorder client = new Recorder();
            peers.connect(client(peers, client, network));
            Recorder server = peers.accepted();
            client.send(BYTES, 1000);
            client.session().shutdownOutput().sync();
            eventually().until(() -> hasHeardTheEnd(server));
            server.send(BYTES, 1000);
            client.awaitReceived(BYTES);
            awaitAcknowledged(server);
            awaitOutputFinished(client);

            network.carriesToServer = false;
            ChannelFuture closing = server.channel().close();
            eventually().until(() -> hasHeardTheEnd(client));
            // It does not wait for anything.
            awaitSuccess(client.channel().close());
            Network.reset(peers);
            network.carriesToServer = true;

            awaitSuccess(closing);
            assertThat(client.exceptions()).isEmpty();
            assertThat(server.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    /** One that reads no more says so by its last word; the other has nothing more to say. */
    @Requirement("END-18")
    @Test
    void shouldEndTheServerInOrderWhenTheClientHasClosedFirstAndIsNotHeard() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Network network = new Network();
            peers.listen(peers.serverBootstrap(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true), 2);
            Recorder client = new Recorder();
            peers.connect(client(peers, client, network));
            Recorder server = peers.accepted();
            client.send(BYTES, 1000);
            client.session().shutdownOutput().sync();
            eventually().until(() -> hasHeardTheEnd(server));
            awaitOutputFinished(client);

            network.carriesToServer = false;
            awaitSuccess(client.channel().close());
            Network.reset(peers);
            server.awaitCount(SubflowEvent.Kind.REMOVED, 2);
            network.carriesToServer = true;

            awaitSuccess(server.channel().close());
            assertThat(server.exceptions()).isEmpty();
            peers.awaitNothingLeft();
        }
    }

    /** Nothing is dialled, nor kept, if both ends have heard of each other. */
    @Test
    void shouldLeaveNothingBehindWhenNothingIsLost() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Network network = new Network();
            peers.listen(Recorder::new, 2);
            for (int i = 0; i < 20; i++) {
                Recorder client = new Recorder();
                peers.connect(client(peers, client, network));
                Recorder server = peers.accepted();
                client.send(BYTES, 1000);
                // Else a server that closes refuses what is on its way, and its client has failed: it says no last
                // word.
                server.awaitReceived(BYTES);
                awaitSuccess((i % 2 == 0 ? client : server).channel().close());
                client.awaitInactive();
                server.awaitInactive();
            }
            peers.awaitNothingLeft();
            eventually().until(() -> peers.server().registry().finished().size() == 0);
        }
    }

    @Test
    void shouldNotHoldUpAGroupThatIsShutDown() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            Network network = new Network();
            peers.listen(peers.serverBootstrap(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true), 2);
            Recorder client = new Recorder();
            peers.connect(client(peers, client, network));
            client.session().shutdownOutput().sync();
            awaitOutputFinished(client);
            network.carriesToServer = false;
            // Its own end is not heard, so that it goes on dialling.
            awaitSuccess(client.channel().close());
            Network.reset(peers);
            eventually().until(() -> network.connections.get() > 2);

            peers.transport.shutDown(peers.clientGroup);

            assertThat(peers.clientGroup.terminationFuture().await(30, TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    @Test
    void shouldStillSayThatASessionIsUnknown() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            MultipathServerChannel listening = peers.listen(Recorder::new, 1);
            try (RawExtendedPeer stranger =
                    new RawExtendedPeer(listening.localAddress().paths().get(0).remote())) {
                stranger.request(new ConnectionId(1, 2), 1);
                stranger.raw().read(17);
                assertThat(stranger.readFrame(RawExtendedPeer.RESET)[0]).isEqualTo((byte) 2);
            }
        }
    }
}
