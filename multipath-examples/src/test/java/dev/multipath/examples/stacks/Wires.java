package dev.multipath.examples.stacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A server and its clients over the loopback interface: of plain sockets, or of two paths each. */
final class Wires implements AutoCloseable {

    /** What the two ends are joined by. */
    enum Kind {
        SOCKET,
        TWO_PATHS_NIO,
        TWO_PATHS_EPOLL;

        private IoHandlerFactory ioHandler() {
            if (this == TWO_PATHS_EPOLL) {
                assumeTrue(Epoll.isAvailable(), () -> "no epoll: " + Epoll.unavailabilityCause());
                return EpollIoHandler.newFactory();
            }
            return NioIoHandler.newFactory();
        }
    }

    /** A path that is slow to answer on a busy machine must not make a client ask for a second session. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Kind kind;
    private final EventLoopGroup group;
    private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
    private Channel listener;

    Wires(Kind kind) {
        this.kind = kind;
        group = new MultiThreadIoEventLoopGroup(2, kind.ioHandler());
    }

    Kind kind() {
        return kind;
    }

    EventLoopGroup group() {
        return group;
    }

    ServerBootstrap server(Consumer<ChannelPipeline> handlers) {
        return new ServerBootstrap()
                .group(group)
                .channel(kind == Kind.SOCKET ? NioServerSocketChannel.class : MultipathServerChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        accepted.add(ch);
                        handlers.accept(ch.pipeline());
                    }
                });
    }

    Bootstrap client(Consumer<ChannelPipeline> handlers) {
        Bootstrap bootstrap = new Bootstrap()
                .group(group)
                .channel(kind == Kind.SOCKET ? NioSocketChannel.class : MultipathChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        handlers.accept(ch.pipeline());
                    }
                });
        return kind == Kind.SOCKET ? bootstrap : bootstrap.option(MultipathChannelOption.ATTEMPT_DELAY, PATIENCE);
    }

    /** Where to listen: anywhere on the loopback interface. */
    SocketAddress anywhere() {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return kind == Kind.SOCKET ? any : MultipathAddress.of(any, any);
    }

    Channel listen(ServerBootstrap server) throws InterruptedException {
        listener = server.bind(anywhere()).sync().channel();
        return listener;
    }

    /** Where nobody listens any more. */
    SocketAddress closedAddress() throws InterruptedException {
        SocketAddress address = listen(server(p -> {})).localAddress();
        listener.close().sync();
        return address;
    }

    /** Where the server is. */
    SocketAddress address() {
        return listener.localAddress();
    }

    /** The server's end of the next connection. */
    Channel accepted() throws InterruptedException {
        Channel channel = accepted.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(channel).as("an accepted channel").isNotNull();
        return channel;
    }

    /** Connects a client to a server. */
    Channel connect(ServerBootstrap server, Bootstrap client) throws InterruptedException {
        listen(server);
        return client.connect(address()).sync().channel();
    }

    Channel connect(Consumer<ChannelPipeline> serverHandlers, Consumer<ChannelPipeline> clientHandlers)
            throws InterruptedException {
        return connect(server(serverHandlers), client(clientHandlers));
    }

    @Override
    public void close() {
        EventLoops.shutDown(group);
    }
}
