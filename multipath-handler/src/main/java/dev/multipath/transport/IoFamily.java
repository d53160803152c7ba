package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandler;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A kind of event loop and the TCP channels that go with it.
 *
 * @param ioHandler what the loop is driven by
 * @param socket makes its socket channel
 * @param serverSocket makes its server socket channel
 * @param movable whether a connected channel can change between two loops of the kind: io_uring's cannot, its operations
 *     in the kernel belong to one ring
 * @param preparation what a subflow of the kind needs besides, on its loop
 * @param stats what the kernel tells of a subflow, if Netty can ask it
 */
record IoFamily(
        Class<? extends IoHandler> ioHandler,
        Supplier<? extends Channel> socket,
        Supplier<? extends ServerChannel> serverSocket,
        boolean movable,
        Consumer<Channel> preparation,
        Function<Channel, TransportStats> stats) {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(IoFamily.class);

    /** Those on the class path. */
    private static final List<IoFamily> AVAILABLE = available();

    private static List<IoFamily> available() {
        List<IoFamily> families = new ArrayList<>();
        add(families, () -> movable(NioIoHandler.class, NioSocketChannel::new, NioServerSocketChannel::new));
        add(
                families,
                () -> new IoFamily(
                        EpollIoHandler.class,
                        () -> LateLocalPort.on(new EpollSocketChannel()),
                        EpollServerSocketChannel::new,
                        true,
                        subflow -> {},
                        IoFamily::tcpInfo));
        add(
                families,
                () -> new IoFamily(
                        IoUringIoHandler.class,
                        () -> LateLocalPort.on(new IoUringSocketChannel()),
                        IoUringServerSocketChannel::new,
                        false,
                        IoUringShutdownGuard::add,
                        subflow -> TransportStats.NONE));
        add(families, () -> movable(KQueueIoHandler.class, KQueueSocketChannel::new, KQueueServerSocketChannel::new));
        return List.copyOf(families);
    }

    private static IoFamily movable(
            Class<? extends IoHandler> ioHandler,
            Supplier<? extends Channel> socket,
            Supplier<? extends ServerChannel> serverSocket) {
        return new IoFamily(ioHandler, socket, serverSocket, true, subflow -> {}, subflow -> TransportStats.NONE);
    }

    /** {@code TCP_INFO}, as much of it as Netty has. */
    private static TransportStats tcpInfo(Channel subflow) {
        if (!(subflow instanceof EpollSocketChannel socket) || !socket.isOpen()) {
            return TransportStats.NONE;
        }
        EpollTcpInfo info = socket.tcpInfo();
        return new TransportStats(
                TimeUnit.MICROSECONDS.toNanos(info.rtt()),
                info.sndCwnd() * info.sndMss(),
                TransportStats.UNKNOWN,
                TransportStats.UNKNOWN,
                info.totalRetrans());
    }

    /** The native transports are optional dependencies: a class that is missing is not an error. */
    private static void add(List<IoFamily> families, Supplier<IoFamily> family) {
        try {
            families.add(family.get());
        } catch (NoClassDefFoundError e) {
            LOGGER.debug("a transport is not on the class path: {}", e.getMessage());
        }
    }

    /** The family of an event loop, or null if it is of none. */
    static IoFamily of(EventLoop eventLoop) {
        if (eventLoop instanceof IoEventLoop loop) {
            for (IoFamily family : AVAILABLE) {
                if (loop.isIoType(family.ioHandler)) {
                    return family;
                }
            }
        }
        return null;
    }
}
