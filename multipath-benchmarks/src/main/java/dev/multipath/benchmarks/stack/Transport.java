package dev.multipath.benchmarks.stack;

import io.netty.channel.Channel;
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

    /** {@return whether this machine has it} */
    public boolean isAvailable() {
        return available.getAsBoolean();
    }
}
