package dev.multipath.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lettuce over two paths, to a real Redis server behind a relay such as {@code multipath.jar listen --relay}. */
class RedisTest {

    private static final Path SERVER = Path.of("/usr/bin/redis-server");
    private static final Duration TIME_LIMIT = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ClientResources resources = ClientResources.create();
    private Process redis;
    private MultipathServerChannel relay;
    private RedisClient client;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(SERVER.toFile().canExecute(), SERVER + " is not there");
        InetSocketAddress address = Loopback.freePort();
        redis = new ProcessBuilder(
                        SERVER.toString(),
                        "--bind",
                        "127.0.0.1",
                        "--port",
                        String.valueOf(address.getPort()),
                        "--dir",
                        directory.toString(),
                        "--save",
                        "")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        await().atMost(TIME_LIMIT).ignoreExceptions().until(() -> {
            new Socket(address.getAddress(), address.getPort()).close();
            return true;
        });
        relay = (MultipathServerChannel) new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ToRedis(address))
                .bind(Loopback.twoPorts())
                .sync()
                .channel();
        MultipathAddress paths = relay.localAddress();
        client = new MultipathRedisClient(resources, RedisURI.create("redis://redis.example"), uri -> paths);
    }

    @AfterEach
    void stop() {
        if (client != null) {
            client.shutdown(0, TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
        resources.shutdown(0, TIME_LIMIT.toSeconds(), TimeUnit.SECONDS).awaitUninterruptibly();
        group.shutdownGracefully(20, TIME_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly();
        if (redis != null) {
            redis.destroyForcibly().onExit().join();
        }
    }

    /** What a session brings goes to a connection of its own. */
    private static final class ToRedis extends ChannelInboundHandlerAdapter {
        private final InetSocketAddress redis;

        ToRedis(InetSocketAddress redis) {
            this.redis = redis;
        }

        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) throws Exception {
            new Bootstrap()
                    .group(ctx.channel().eventLoop())
                    .channel(NioSocketChannel.class)
                    .handler(new To(ctx.channel()))
                    .connect(redis)
                    .addListener((io.netty.channel.ChannelFuture connected) -> {
                        ctx.pipeline().addLast(new To(connected.channel()));
                        ctx.channel().config().setAutoRead(true);
                    });
        }
    }

    private static final class To extends ChannelInboundHandlerAdapter {
        private final Channel other;

        To(Channel other) {
            this.other = other;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            other.writeAndFlush(message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            other.close();
        }
    }

    @Test
    void shouldSpeakToRedisWhilePathsComeAndGo() throws Exception {
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            await().atMost(TIME_LIMIT).until(() -> relay.sessions().stream()
                    .allMatch(session -> session.subflows().size() == 2));
            String large = "0123456789abcdef".repeat(1 << 17);
            List<RedisFuture<String>> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                answers.add(connection.async().set("key" + i, large));
            }
            relay.removePath(relay.localAddress().paths().get(0)).sync();
            for (RedisFuture<String> answer : answers) {
                assertThat(answer.get(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("OK");
            }
            assertThat(connection.async().get("key99").get(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(large);
            assertThat(relay.sessions()).hasSize(1);
        }
    }

    @Test
    void shouldSubscribe() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (StatefulRedisPubSubConnection<String, String> listener = client.connectPubSub();
                StatefulRedisConnection<String, String> speaker = client.connect()) {
            listener.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    heard.add(message);
                }
            });
            listener.async().subscribe("news").get(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
            speaker.async().publish("news", "hello").get(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(heard.poll(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("hello");
        }
    }

    /** A server that has gone away and come back: lettuce connects again, by the same bootstrap. */
    @Test
    void shouldConnectAgain() throws Exception {
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            assertThat(connection.async().ping().get(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo("PONG");
            relay.sessions().forEach(session -> session.channel().close());
            await().atMost(TIME_LIMIT).ignoreExceptions().until(() -> connection
                    .async()
                    .ping()
                    .get(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS)
                    .equals("PONG"));
            assertThat(relay.sessions()).hasSize(1);
        }
    }
}
