package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.MultipathAddress;
import dev.multipath.session.SessionClosedException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalServerChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code shutdownGracefully()} with channels open: all of them close, their applications hear of it once, and the loops end. */
class GroupShutdownTest {

    private static final Duration LONG = Duration.ofHours(1);

    /** Counts what must come once only. */
    private static final class Once extends Recorder {
        private final AtomicInteger inactives = new AtomicInteger();

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            inactives.incrementAndGet();
            super.channelInactive(ctx);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndAllAtOnce(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Once client = new Once();
            Once server = connect(peers, client);
            peers.groups().forEach(peers.transport::shutDown);
            assertEnded(peers, client, server);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndWhenListenersGoFirst(TestTransport transport) throws Exception {
        shutDownInTurn(transport, 0, 1, 2);
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndWhenSessionsGoFirst(TestTransport transport) throws Exception {
        shutDownInTurn(transport, 1, 0, 2);
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndWhenClientsGoFirst(TestTransport transport) throws Exception {
        shutDownInTurn(transport, 2, 1, 0);
    }

    /** Each group has ended before the next one is told to. */
    private static void shutDownInTurn(TestTransport transport, int... order) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Once client = new Once();
            Once server = connect(peers, client);
            for (int group : order) {
                peers.transport.shutDown(peers.groups().get(group));
                awaitTerminated(peers.groups().get(group));
            }
            assertEnded(peers, client, server);
        }
    }

    /** Some bytes are on their way in both directions. */
    private static Once connect(Peers peers, Once client) throws InterruptedException {
        peers.listen(Once::new, 2);
        peers.connect(peers.clientBootstrap(client));
        Once server = (Once) peers.accepted();
        server.awaitCount(SubflowEvent.Kind.ADDED, 2);
        client.send(10_000_000, 10_000);
        server.send(10_000_000, 10_000);
        eventually().until(() -> client.receivedBytes() > 0 && server.receivedBytes() > 0);
        return server;
    }

    private static void assertEnded(Peers peers, Once client, Once server) throws InterruptedException {
        peers.groups().forEach(GroupShutdownTest::awaitTerminated);
        for (Channel channel : List.of(client.channel(), server.channel(), peers.server())) {
            awaitClosed(channel.closeFuture());
            assertThat(channel.isOpen()).isFalse();
        }
        assertHeardOnce(client);
        assertHeardOnce(server);
        assertThat(peers.server().sessionCount()).isZero();
    }

    private static void assertHeardOnce(Once application) {
        assertThat(application.inactives)
                .as("times that the channel became inactive")
                .hasValue(1);
        application.assertIntact();
    }

    @ParameterizedTest
    @EnumSource
    void shouldFailAConnectThatIsUnderWay(TestTransport transport) throws Exception {
        Once client = new Once();
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Peers peers = new Peers(transport)) {
            SocketAddress remote = transport == TestTransport.LOCAL
                    ? silentLocal(peers)
                    : new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.getLocalPort());
            ChannelFuture connecting = peers.clientBootstrap(client).connect(MultipathAddress.of(remote));
            eventually().until(() -> peers.clientSubflows.stream().anyMatch(Channel::isActive));

            peers.transport.shutDown(peers.clientGroup);
            awaitTerminated(peers.clientGroup);

            awaitClosed(connecting);
            assertThat(connecting.isSuccess()).isFalse();
            awaitClosed(connecting.channel().closeFuture());
            assertThat(client.inactives).as("it never was active").hasValue(0);
        }
    }

    /** Takes connections, and says nothing. */
    private static SocketAddress silentLocal(Peers peers) throws InterruptedException {
        return new ServerBootstrap()
                .group(peers.listenerGroup)
                .channel(LocalServerChannel.class)
                .childHandler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public boolean isSharable() {
                        return true;
                    }
                })
                .bind(LocalAddress.ANY)
                .sync()
                .channel()
                .localAddress();
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndAHalfClosedSession(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Once client = new Once();
            peers.listen(peers.serverBootstrap(Once::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true), 2);
            peers.connect(peers.clientBootstrap(client).option(ChannelOption.ALLOW_HALF_CLOSURE, true));
            Once server = (Once) peers.accepted();
            client.session().shutdownOutput().sync();
            eventually().until(server.session()::isInputShutdown);

            peers.groups().forEach(peers.transport::shutDown);
            assertEnded(peers, client, server);
        }
    }

    @Test
    void shouldNotLinger() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO);
                RawPeer.Listener deaf = RawPeer.Listener.deaf()) {
            List<Once> applications = new ArrayList<>();
            List<ChannelFuture> closings = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                applications.add(new Once());
                Channel channel = peers.clientBootstrap(applications.get(i))
                        .option(MultipathChannelOption.LINGER, LONG)
                        .connect(MultipathAddress.of(deaf.address()))
                        .sync()
                        .channel();
                channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[1000])).sync();
                closings.add(i == 0 ? channel.close() : channel.closeFuture());
            }
            assertThat(closings.get(0).isDone()).isFalse();
            peers.transport.shutDown(peers.clientGroup);
            for (ChannelFuture closing : closings) {
                awaitClosed(closing);
            }
            assertThat(closings.get(0).cause()).isInstanceOf(SessionClosedException.class);
            awaitTerminated(peers.clientGroup);
            applications.forEach(GroupShutdownTest::assertHeardOnce);
        }
    }

    private static void awaitTerminated(EventLoopGroup group) {
        assertThat(group.terminationFuture().awaitUninterruptibly(60, TimeUnit.SECONDS))
                .as("the event loops have ended")
                .isTrue();
    }

    private static void awaitClosed(ChannelFuture closing) throws InterruptedException {
        assertThat(closing.await(60, TimeUnit.SECONDS))
                .as("%s is done", closing.channel())
                .isTrue();
    }
}
