package dev.multipath.examples.stream;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The event loop implementations this program uses, and their TCP channels. */
public enum Transport {
    EPOLL(
            EpollIoHandler::newFactory,
            EpollSocketChannel.class,
            EpollServerSocketChannel.class,
            UnixChannelOption.SO_REUSEPORT),
    NIO(
            NioIoHandler::newFactory,
            NioSocketChannel.class,
            NioServerSocketChannel.class,
            NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT));

    /** A busy loop of Netty's may else end before it has looked at its channels a last time, and leave them open. */
    private static final long QUIET_MILLIS = 20;

    private final Supplier<IoHandlerFactory> ioHandlers;
    private final Class<? extends SocketChannel> socketChannel;
    private final Class<? extends ServerChannel> serverSocketChannel;
    private final ChannelOption<Boolean> reusePort;

    Transport(
            Supplier<IoHandlerFactory> ioHandlers,
            Class<? extends SocketChannel> socketChannel,
            Class<? extends ServerChannel> serverSocketChannel,
            ChannelOption<Boolean> reusePort) {
        this.ioHandlers = ioHandlers;
        this.socketChannel = socketChannel;
        this.serverSocketChannel = serverSocketChannel;
        this.reusePort = reusePort;
    }

    /** The faster one of those that work on this machine. */
    public static Transport best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /**
     * The one for TCP connections that stay half-closed. Not epoll: there, a FIN that arrives while a channel does not
     * read brings the unread bytes unasked, and in Netty 4.2.17 takes the socket out of the epoll set for good
     * ({@code EpollIoHandler} deletes it and later tries to modify it), so that neither reads nor blocked writes go on.
     */
    public static Transport forRelays() {
        return NIO;
    }

    /** One new event loop of this kind, on a daemon thread whose name begins with {@code name}. */
    public MultiThreadIoEventLoopGroup newEventLoop(String name) {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true), ioHandlers.get());
    }

    /** Ends event loops, and closes what is open on them; the future is done when they have ended, soon after the limit at the latest. */
    public static Future<?> end(EventLoopGroup loops, Duration limit) {
        return loops.shutdownGracefully(QUIET_MILLIS, Math.max(QUIET_MILLIS, limit.toMillis()), TimeUnit.MILLISECONDS);
    }

    /** The class of its TCP channels. */
    public Class<? extends SocketChannel> socketChannel() {
        return socketChannel;
    }

    /** The option of a listener that others may listen at the same address. */
    public ChannelOption<Boolean> reusePort() {
        return reusePort;
    }

    /** The class of its TCP listeners. */
    public Class<? extends ServerChannel> serverSocketChannel() {
        return serverSocketChannel;
    }
}
