package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.codec.ResetFrame;
import dev.multipath.examples.stream.Transport;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.testing.OneIn;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tunnel with an end of the base profile, which has no word for a reset: who is cut sees it all the same. */
final class CutBaseTunnelTest {
    private final BaseServer server = new BaseServer();

    @AfterEach
    void stop() {
        server.close();
    }

    // ---- to a server of the base profile

    @OneIn(3)
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "KILL"})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "knows no signals")
    void shouldFailTheServersSessionWhenTheProcessIsEnded(String signal) throws Exception {
        try (RunningProcess entry = RunningProcess.start(server.addresses(), "connect", "--listen", "0");
                Socket client = open(entry.addresses())) {
            ServerSession session = server.accepted(client);

            entry.signal(signal);

            assertThat(session.failure).succeedsWithin(RunningCommand.TIME_LIMIT);
            assertThat(endOf(client)).contains("Connection reset");
        }
    }

    @Test
    void shouldFailTheServersSessionWhenTheClientResets() throws Exception {
        try (RunningCommand entry = RunningCommand.start(server.addresses(), "connect", "--listen", "0");
                Socket client = open(entry.addresses())) {
            ServerSession session = server.accepted(client);

            reset(client);

            assertThat(session.failure).succeedsWithin(RunningCommand.TIME_LIMIT);
        }
    }

    @Test
    void shouldResetTheClientWhenTheServerAborts() throws Exception {
        try (RunningCommand entry = RunningCommand.start(server.addresses(), "connect", "--listen", "0");
                Socket client = open(entry.addresses())) {
            server.accepted(client).channel.abort(ResetFrame.FIRST_APPLICATION_CODE, "");

            assertThat(endOf(client)).contains("Connection reset");
        }
    }

    @Test
    void shouldResetTheClientWhenOneOfTheServersConnectionsIsLostAndTheOtherEnds() throws Exception {
        try (RunningCommand entry = RunningCommand.start(server.addresses(), "connect", "--listen", "0");
                Socket client = open(entry.addresses())) {
            server.accepted(client);

            server.close();

            assertThat(endOf(client)).contains("Connection reset");
        }
    }

    @Test
    void shouldEndTheClientInOrderWhenTheServerCloses() throws Exception {
        try (RunningCommand entry = RunningCommand.start(server.addresses(), "connect", "--listen", "0");
                Socket client = open(entry.addresses())) {
            server.accepted(client).channel.close();

            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    // ---- from a client of the base profile

    @OneIn(value = 3, share = 1)
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "KILL"})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "knows no signals")
    void shouldFailTheClientsSessionWhenTheProcessIsEnded(String signal) throws Exception {
        try (ServerSocket target = target();
                RunningProcess exit = RunningProcess.start(relayTo(target));
                BaseClient client = new BaseClient(exit.addresses());
                Socket accepted = accept(target, client)) {
            exit.signal(signal);

            assertThat(client.failure()).succeedsWithin(RunningCommand.TIME_LIMIT);
            assertThat(endOf(accepted)).contains("Connection reset");
        }
    }

    @Test
    void shouldFailTheClientsSessionWhenTheTargetResets() throws Exception {
        try (ServerSocket target = target();
                RunningCommand exit = RunningCommand.start(relayTo(target));
                BaseClient client = new BaseClient(exit.addresses());
                Socket accepted = accept(target, client)) {
            reset(accepted);

            assertThat(client.failure()).succeedsWithin(RunningCommand.TIME_LIMIT);
        }
    }

    @Test
    void shouldResetTheTargetWhenTheClientAborts() throws Exception {
        try (ServerSocket target = target();
                RunningCommand exit = RunningCommand.start(relayTo(target));
                BaseClient client = new BaseClient(exit.addresses());
                Socket accepted = accept(target, client)) {
            client.session().abort(ResetFrame.FIRST_APPLICATION_CODE, "");

            assertThat(endOf(accepted)).contains("Connection reset");
        }
    }

    private static ServerSocket target() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private static String[] relayTo(ServerSocket target) {
        return new String[] {
            "listen", "-p", "0,0", "--bind", "127.0.0.1", "--relay", "127.0.0.1:" + target.getLocalPort()
        };
    }

    private static Socket accept(ServerSocket target, BaseClient client) throws IOException {
        client.session().writeAndFlush(Unpooled.wrappedBuffer(new byte[] {'?'}));
        Socket accepted = target.accept();
        accepted.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
        assertThat(accepted.getInputStream().read()).isEqualTo('?');
        return accepted;
    }

    // ---- helpers

    private static Socket open(List<String> entry) throws IOException {
        HostPort address = HostPort.parse(entry.get(0));
        Socket socket = new Socket(address.host(), address.port());
        socket.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
        return socket;
    }

    /** So that its kernel sends a RST. */
    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static String endOf(Socket socket) throws IOException {
        try {
            return "read " + socket.getInputStream().read();
        } catch (SocketException e) {
            return e.getMessage();
        }
    }

    /** One session of it, which echoes. */
    private static final class ServerSession extends ChannelInboundHandlerAdapter {
        final CompletableFuture<Throwable> failure = new CompletableFuture<>();
        final MultipathChannel channel;
        private final BlockingQueue<ServerSession> used;

        ServerSession(Channel channel, BlockingQueue<ServerSession> used) {
            this.channel = (MultipathChannel) channel;
            this.used = used;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            used.add(this);
            ctx.writeAndFlush((ByteBuf) message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failure.complete(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            failure.completeExceptionally(new IllegalStateException("a clean end"));
        }
    }

    /** As a Go peer, but one that tells why its sessions ended. */
    private static final class BaseServer implements AutoCloseable {
        private final EventLoopGroup loop = Transport.forRelays().newEventLoop("base");
        private final BlockingQueue<ServerSession> sessions = new LinkedBlockingQueue<>();
        private final Channel channel;

        BaseServer() {
            InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
            channel = new ServerBootstrap()
                    .group(loop)
                    .channel(MultipathServerChannel.class)
                    .childOption(MultipathChannelOption.EXTENDED_PROFILE, false)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel accepted) {
                            accepted.pipeline().addLast(new ServerSession(accepted, sessions));
                        }
                    })
                    .bind(MultipathAddress.of(Path.of("a", any), Path.of("b", any)))
                    .syncUninterruptibly()
                    .channel();
        }

        List<String> addresses() {
            return List.of(ShownAddress.of(channel.localAddress()).split(", "));
        }

        /** The session of a new client, over which a byte has gone each way. */
        ServerSession accepted(Socket client) throws Exception {
            client.getOutputStream().write('?');
            assertThat(client.getInputStream().read()).isEqualTo('?');
            ServerSession session = sessions.poll(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(session).isNotNull();
            return session;
        }

        @Override
        public void close() {
            EventLoops.shutDown(loop);
        }
    }

    /** As a Go peer, but one that tells why its session ended. */
    private static final class BaseClient implements AutoCloseable {
        private final EventLoopGroup loop = Transport.forRelays().newEventLoop("base");
        private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
        private final MultipathChannel session;

        BaseClient(List<String> server) {
            MultipathAddress address = MultipathAddress.of(server.stream()
                    .map(HostPort::parse)
                    .map(one -> new InetSocketAddress(one.host(), one.port()))
                    .toArray(SocketAddress[]::new));
            session = (MultipathChannel) new Bootstrap()
                    .group(loop)
                    .channel(MultipathChannel.class)
                    .option(MultipathChannelOption.EXTENDED_PROFILE, false)
                    .handler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                            failure.complete(cause);
                        }

                        @Override
                        public void channelInactive(ChannelHandlerContext ctx) {
                            failure.completeExceptionally(new IllegalStateException("a clean end"));
                        }
                    })
                    .connect(address)
                    .syncUninterruptibly()
                    .channel();
        }

        MultipathChannel session() {
            return session;
        }

        /** Fails if the stream ended in order. */
        CompletableFuture<Throwable> failure() {
            return failure;
        }

        @Override
        public void close() {
            EventLoops.shutDown(loop);
        }
    }
}
