package dev.multipath.transport;

import dev.multipath.metrics.TransportStats;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandler;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A kind of event loop and the channels of sockets that go with it.
 *
 * @param ioHandler what the loop is driven by
 * @param tcp those of TCP
 * @param unix those of UNIX-domain sockets
 * @param unixAddress whose addresses are these: Netty's native transports have a class of their own
 * @param movable whether a connected channel can change between two loops of the kind: io_uring's cannot, its operations
 *     in the kernel belong to one ring
 * @param preparation what a subflow of the kind needs besides, on its loop
 * @param stats what the kernel tells of a subflow, if Netty can ask it
 * @param restart has a subflow's congestion control begin anew, if there is a way: only asked for where the kernel tells
 */
record IoFamily(
        Class<? extends IoHandler> ioHandler,
        Sockets tcp,
        Sockets unix,
        Class<? extends SocketAddress> unixAddress,
        boolean movable,
        Consumer<Channel> preparation,
        Function<Channel, TransportStats> stats,
        Consumer<Channel> restart) {

    /**
     * Channels of one kind, made but not registered.
     *
     * @param client makes one that connects
     * @param server makes one that listens
     */
    record Sockets(Supplier<? extends Channel> client, Supplier<? extends ServerChannel> server) {}

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(IoFamily.class);

    /** Those on the class path. */
    private static final List<IoFamily> AVAILABLE = available();

    private static List<IoFamily> available() {
        List<IoFamily> families = new ArrayList<>();
        add(
                families,
                () -> movable(
                        NioIoHandler.class,
                        new Sockets(NioSocketChannel::new, NioServerSocketChannel::new),
                        new Sockets(NioDomainSocketChannel::new, NioServerDomainSocketChannel::new),
                        UnixDomainSocketAddress.class));
        add(
                families,
                () -> new IoFamily(
                        EpollIoHandler.class,
                        new Sockets(() -> LateLocalPort.on(new EpollSocketChannel()), EpollServerSocketChannel::new),
                        new Sockets(EpollDomainSocketChannel::new, EpollServerDomainSocketChannel::new),
                        DomainSocketAddress.class,
                        true,
                        subflow -> {},
                        TcpInfo::of,
                        TcpCongestionControl::restart));
        add(
                families,
                () -> new IoFamily(
                        IoUringIoHandler.class,
                        new Sockets(
                                () -> LateLocalPort.on(new IoUringSocketChannel()), IoUringServerSocketChannel::new),
                        new Sockets(IoUringDomainSocketChannel::new, IoUringServerDomainSocketChannel::new),
                        DomainSocketAddress.class,
                        false,
                        IoUringShutdownGuard::add,
                        TcpInfo::of,
                        TcpCongestionControl::restart));
        add(
                families,
                () -> movable(
                        KQueueIoHandler.class,
                        new Sockets(KQueueSocketChannel::new, KQueueServerSocketChannel::new),
                        new Sockets(KQueueDomainSocketChannel::new, KQueueServerDomainSocketChannel::new),
                        DomainSocketAddress.class));
        return List.copyOf(families);
    }

    private static IoFamily movable(
            Class<? extends IoHandler> ioHandler,
            Sockets tcp,
            Sockets unix,
            Class<? extends SocketAddress> unixAddress) {
        return new IoFamily(
                ioHandler, tcp, unix, unixAddress, true, subflow -> {}, subflow -> TransportStats.NONE, subflow -> {});
    }

    /** Those for an address. */
    Sockets sockets(SocketAddress address) {
        return unixAddress.isInstance(address) ? unix : tcp;
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
