package dev.multipath.benchmarks.stack;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What carries the bytes. */
public enum Transport {
    /** The JDK's selectors. */
    NIO(() -> true, NioIoHandler::newFactory, NioSocketChannel.class, NioServerSocketChannel.class),
    /** Linux' epoll. */
    EPOLL(Epoll::isAvailable, EpollIoHandler::newFactory, EpollSocketChannel.class, EpollServerSocketChannel.class),
    /** Linux' io_uring. */
    IO_URING(
            IoUring::isAvailable,
            IoUringIoHandler::newFactory,
            IoUringSocketChannel.class,
            IoUringServerSocketChannel.class);

    private final BooleanSupplier available;
    final Supplier<IoHandlerFactory> ioHandler;
    final Class<? extends Channel> channel;
    final Class<? extends ServerChannel> serverChannel;

    Transport(
            BooleanSupplier available,
            Supplier<IoHandlerFactory> ioHandler,
            Class<? extends Channel> channel,
            Class<? extends ServerChannel> serverChannel) {
        this.available = available;
        this.ioHandler = ioHandler;
        this.channel = channel;
        this.serverChannel = serverChannel;
    }

    /** {@return what the event loops of this transport do their I/O with} */
    public IoHandlerFactory newIoHandler() {
        return ioHandler.get();
    }

    /**
     * Ends event loops, and what is open on them. With a quiet period: a busy loop of Netty's may else end before it has closed its
     * channels. On io_uring with a longer one, in which rings come to rest: the kernel may still write to what Netty then frees.
     *
     * @param loops driven by this transport
     */
    public void end(EventLoopGroup... loops) {
        for (EventLoopGroup group : loops) {
            group.shutdownGracefully(this == IO_URING ? 300 : 20, 5000, TimeUnit.MILLISECONDS);
        }
        for (EventLoopGroup group : loops) {
            group.terminationFuture().syncUninterruptibly();
        }
    }

    /** {@return whether this machine has it} */
    public boolean isAvailable() {
        return available.getAsBoolean();
    }
}
