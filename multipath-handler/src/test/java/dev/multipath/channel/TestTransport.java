package dev.multipath.channel;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** The kinds of event loops that subflows run on. */
enum TestTransport {
    NIO,
    EPOLL,
    IO_URING,
    LOCAL;

    /** A group of this kind; the test is skipped, with the reason, where the system has none. */
    EventLoopGroup newGroup(int threads) {
        return new MultiThreadIoEventLoopGroup(threads, ioHandler());
    }

    private IoHandlerFactory ioHandler() {
        return switch (this) {
            case NIO -> NioIoHandler.newFactory();
            case EPOLL -> {
                assumeTrue(Epoll.isAvailable(), () -> "no epoll: " + Epoll.unavailabilityCause());
                yield EpollIoHandler.newFactory();
            }
            case IO_URING -> {
                assumeTrue(IoUring.isAvailable(), () -> "no io_uring: " + IoUring.unavailabilityCause());
                yield IoUringIoHandler.newFactory();
            }
            case LOCAL -> LocalIoHandler.newFactory();
        };
    }

    /** An unregistered channel to listen with, for a bootstrap of the test's own. */
    ServerChannel newServerChannel() {
        return switch (this) {
            case NIO -> new NioServerSocketChannel();
            case EPOLL -> new EpollServerSocketChannel();
            case IO_URING -> new IoUringServerSocketChannel();
            case LOCAL -> new LocalServerChannel();
        };
    }

    /** An address to listen on, whose port is chosen by the system. */
    SocketAddress ephemeral() {
        return this == LOCAL ? LocalAddress.ANY : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** Whether an accepted subflow moves to its session's loop; otherwise its frames cross loops. */
    boolean movesSubflows() {
        return this == NIO || this == EPOLL;
    }

    /**
     * Shuts a group down. With a quiet period, as an event loop may else end before it looks at its channels a last time; on
     * io_uring with one in which rings mostly come to rest, as Netty 4.2.17 may else abort the JVM if something is open
     * (IoUringIoHandler.destroy frees what the kernel may still write to).
     */
    void shutDown(EventLoopGroup group) {
        group.shutdownGracefully(this == IO_URING ? 300 : 20, 20_000, TimeUnit.MILLISECONDS);
    }
}
