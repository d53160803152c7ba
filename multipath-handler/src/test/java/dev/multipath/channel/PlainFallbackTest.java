package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.PathHistory;
import dev.multipath.session.SessionResetException;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.NotYetConnectedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that try multipath first, and servers that take both. */
class PlainFallbackTest {

    private static final int PATIENCE_SECONDS = 60;
    private static final Duration LONG = Duration.ofSeconds(PATIENCE_SECONDS);
    private static final Duration SHORT = Duration.ofMillis(300);

    /** What a server without multipath does with bytes that mean nothing to it. */
    enum Manner {
        CLOSES,
        RESETS,
        COMPLAINS,
        /** A length first, as binary protocols do: the first byte is that of a preface. */
        COMPLAINS_IN_BINARY,
        MIRRORS,
        WAITS
    }

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<Object> events = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        group.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS);
        assertThat(group.terminationFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isTrue();
    }

    /** Answers lines with a greeting; a byte 0 is not what it expects. */
    private static final class Greeter extends ChannelInboundHandlerAdapter {

        private final Manner manner;

        Greeter(Manner manner) {
            this.manner = manner;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf bytes = (ByteBuf) msg;
            String text = bytes.toString(StandardCharsets.US_ASCII);
            bytes.release();
            if (text.charAt(0) != 0) {
                ctx.writeAndFlush(ascii(ctx.channel(), "hello " + text));
                return;
            }
            switch (manner) {
                case CLOSES -> ctx.close();
                case RESETS -> {
                    ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
                    ctx.close();
                }
                case COMPLAINS -> ctx.writeAndFlush(ascii(ctx.channel(), "what?\n"));
                case COMPLAINS_IN_BINARY ->
                    ctx.writeAndFlush(ascii(ctx.channel(), "\0\0\0\005what?")).addListener(ChannelFutureListener.CLOSE);
                case MIRRORS -> ctx.writeAndFlush(ascii(ctx.channel(), text));
                case WAITS -> {}
            }
        }
    }

    private static ByteBuf ascii(Channel channel, String text) {
        return channel.alloc().buffer().writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private final class Application extends ChannelInboundHandlerAdapter {

        private final StringBuilder received = new StringBuilder();

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            events.add("active");
            ctx.fireChannelActive();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof PlainFallbackEvent) {
                events.add(event);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf bytes = (ByteBuf) msg;
            received.append(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
            if (received.indexOf("\n") >= 0) {
                lines.add(received.toString());
            }
        }
    }

    private Bootstrap client() {
        return new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.PATH_HISTORY, new PathHistory())
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Application());
                    }
                });
    }

    private Channel listen(ChannelInitializer<Channel> initializer) throws InterruptedException {
        return new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(initializer)
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    private Channel greeter(Manner manner) throws InterruptedException {
        return listen(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new Greeter(manner));
            }
        });
    }

    private void assertGreeted(Channel client) throws InterruptedException {
        client.writeAndFlush(ascii(client, "you\n"));
        assertThat(lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("hello you\n");
    }

    @ParameterizedTest
    @EnumSource(Manner.class)
    void shouldSpeakPlainlyToWhomDoesNotKnowMultipath(Manner manner) throws Exception {
        PlainFallback fallback = new PlainFallback(client(), manner == Manner.WAITS ? SHORT : LONG);
        Channel connected = fallback.connect(MultipathAddress.of(greeter(manner).localAddress()))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(connected).isNotInstanceOf(MultipathChannel.class);
        assertGreeted(connected);
        assertThat(fallback.fallbacks()).isEqualTo(1);
        assertThat(events).hasSize(2).last().isEqualTo("active");
        assertThat(((PlainFallbackEvent) events.get(0)).cause()).isNotNull();
    }

    @Test
    void shouldNotMindPathsThatLeadNowhere() throws Exception {
        InetSocketAddress nobody;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) closed.getLocalSocketAddress();
        }
        PlainFallback fallback = new PlainFallback(client(), LONG);
        Channel greeter = greeter(Manner.CLOSES);
        assertGreeted(fallback.connect(MultipathAddress.of(nobody, greeter.localAddress()))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        Future<Channel> failing = fallback.connect(MultipathAddress.of(nobody));
        assertThat(failing.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(failing.cause()).isInstanceOf(AllPathsFailedException.class);
        assertThat(fallback.fallbacks()).isEqualTo(1);
    }

    /** The patience is with the session; the plain connection has the time, and the other options, that were set. */
    @Test
    void shouldKeepTheOptionsThatAreNotASessions() throws Exception {
        PlainFallback fallback =
                new PlainFallback(client().option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 54_321), SHORT);
        Channel connected = fallback.connect(
                        MultipathAddress.of(greeter(Manner.WAITS).localAddress()))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(connected.config().getConnectTimeoutMillis()).isEqualTo(54_321);
        assertThat(connected.config().getOption(ChannelOption.TCP_NODELAY)).isTrue();
    }

    /** A server that takes both gets each as what it is, on the one port. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSpeakMultipathToWhomKnowsIt(boolean extended) throws Exception {
        try (MultipathAcceptor acceptor = MultipathAcceptor.builder(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        session.pipeline().addLast(new Greeter(Manner.CLOSES));
                    }
                })
                .build()) {
            Channel both = listen(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline()
                            .addLast(new MultipathDetectionHandler(acceptor, new Greeter(Manner.CLOSES), LONG));
                }
            });
            PlainFallback fallback =
                    new PlainFallback(client().option(MultipathChannelOption.EXTENDED_PROFILE, extended), LONG);
            MultipathAddress address = MultipathAddress.of(both.localAddress());
            Channel session = fallback.connect(address).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(session).isInstanceOf(MultipathChannel.class);
            assertGreeted(session);
            assertThat(fallback.fallbacks()).isZero();
            assertThat(events).containsExactly("active");
            assertThat(acceptor.sessionCount()).isEqualTo(1);
            Channel plain = new Bootstrap()
                    .group(group)
                    .channel(NioSocketChannel.class)
                    .handler(new Application())
                    .connect(both.localAddress())
                    .sync()
                    .channel();
            assertGreeted(plain);
            session.close().sync();
        }
    }

    /** The server of such a protocol has the first word, when the client has said nothing for a time. */
    @Test
    void shouldLeaveSilentClientsToTheOtherProtocol() throws Exception {
        try (MultipathAcceptor acceptor =
                MultipathAcceptor.builder(new Greeter(Manner.CLOSES)).build()) {
            Channel both = listen(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline()
                            .addLast(new MultipathDetectionHandler(
                                    acceptor,
                                    new ChannelInboundHandlerAdapter() {
                                        @Override
                                        public void channelActive(ChannelHandlerContext ctx) {
                                            ctx.writeAndFlush(ascii(ctx.channel(), "welcome\n"));
                                        }
                                    },
                                    SHORT));
                }
            });
            new Bootstrap()
                    .group(group)
                    .channel(NioSocketChannel.class)
                    .handler(new Application())
                    .connect(both.localAddress())
                    .sync();
            assertThat(lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("welcome\n");
        }
    }

    /** What would go along with the request for a session could reach a server that knows none. */
    @Test
    void shouldSendNothingEarly() throws Exception {
        BlockingQueue<ChannelFuture> written = new LinkedBlockingQueue<>();
        Bootstrap early = client().option(MultipathChannelOption.EARLY_DATA, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (channel instanceof MultipathChannel) {
                            written.add(channel.writeAndFlush(ascii(channel, "early")));
                        }
                    }
                });
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Future<Channel> connecting =
                    new PlainFallback(early, LONG).connect(MultipathAddress.of(silent.getLocalSocketAddress()));
            ChannelFuture first = written.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(first.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(first.cause()).isInstanceOf(NotYetConnectedException.class);
            connecting.cancel(true);
        }
    }

    /** Who refuses a session speaks multipath. */
    @Test
    void shouldNotFallBackWhenASessionIsRefused() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(peers.serverBootstrap(Recorder::new), 1);
            Recorder first = peers.connect();
            MultipathAddress address = peers.server().localAddress();
            peers.server().drain(LONG, path -> true);
            // It begins on the server's loop; before that, the session would be a welcome one.
            await().atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                    .until(() -> peers.server().registry().isDraining());
            PlainFallback fallback = new PlainFallback(client(), LONG);
            Future<Channel> refused = fallback.connect(address);
            assertThat(refused.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(refused.cause().getSuppressed()).singleElement().satisfies(path -> assertThat(path)
                    .hasCauseInstanceOf(SessionResetException.class));
            assertThat(fallback.fallbacks()).isZero();
            first.channel().close().sync();
        }
    }

    private Channel greeterWithTls(X509Bundle certificate) throws Exception {
        SslContext context = SslContextBuilder.forServer(
                        certificate.getKeyPair().getPrivate(), certificate.getCertificatePath())
                .build();
        return listen(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(context.newHandler(channel.alloc()), new Greeter(Manner.CLOSES));
            }
        });
    }

    private Bootstrap clientWithTls() throws Exception {
        SslContext context = TlsSetup.clientBuilder(SslProvider.JDK).build();
        return client().option(
                        MultipathChannelOption.SUBFLOW_TRANSPORT,
                        SubflowTransport.ofEventLoop()
                                .withTls(TlsConfig.client(context)
                                        .withOptionalAlpn()
                                        .withServerName(TlsSetup.SERVER_NAME)));
    }

    @Test
    void shouldKeepTls() throws Exception {
        PlainFallback fallback = new PlainFallback(clientWithTls(), LONG);
        Channel connected = fallback.connect(
                        MultipathAddress.of(greeterWithTls(TlsSetup.SERVER).localAddress()))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(connected.pipeline().get(SslHandler.class)).isNotNull();
        assertGreeted(connected);
    }

    /** Who has the wrong certificate is not to be talked to at all. */
    @Test
    void shouldNotFallBackIfTheCertificateIsWrong() throws Exception {
        PlainFallback fallback = new PlainFallback(clientWithTls(), LONG);
        Future<Channel> failing = fallback.connect(
                MultipathAddress.of(greeterWithTls(TlsSetup.FOREIGN_SERVER).localAddress()));
        assertThat(failing.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(failing.cause().getSuppressed()).singleElement().satisfies(path -> assertThat(path)
                .hasCauseInstanceOf(SSLException.class));
        assertThat(fallback.fallbacks()).isZero();
    }
}
