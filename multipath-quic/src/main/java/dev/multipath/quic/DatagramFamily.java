package dev.multipath.quic;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.kqueue.KQueueDatagramChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.handler.codec.quic.EpollQuicUtils;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * A kind of event loop and the UDP channels that go with it.
 *
 * @param ioHandler what the loop is driven by
 * @param socket makes its channel, for one version of IP
 * @param segments how many packets are given to the kernel at a time
 * @param batches whether the kernel gives several packets at a time
 */
record DatagramFamily(
        Class<? extends IoHandler> ioHandler,
        Function<SocketProtocolFamily, DatagramChannel> socket,
        IntFunction<SegmentedDatagramPacketAllocator> segments,
        boolean batches) {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(DatagramFamily.class);

    /** A turn of the loop reads so often. */
    private static final int READS_A_TURN = 16;

    /** Those on the class path. */
    private static final List<DatagramFamily> AVAILABLE = available();

    private static List<DatagramFamily> available() {
        List<DatagramFamily> families = new ArrayList<>();
        add(families, () -> single(NioIoHandler.class, NioDatagramChannel::new));
        add(
                families,
                () -> new DatagramFamily(
                        EpollIoHandler.class, EpollDatagramChannel::new, EpollQuicUtils::newSegmentedAllocator, true));
        add(families, () -> single(IoUringIoHandler.class, IoUringDatagramChannel::new));
        add(families, () -> single(KQueueIoHandler.class, KQueueDatagramChannel::new));
        return List.copyOf(families);
    }

    private static DatagramFamily single(
            Class<? extends IoHandler> ioHandler, Function<SocketProtocolFamily, DatagramChannel> socket) {
        return new DatagramFamily(ioHandler, socket, packets -> SegmentedDatagramPacketAllocator.NONE, false);
    }

    /** The native transports are optional dependencies: a class that is missing is not an error. */
    private static void add(List<DatagramFamily> families, Supplier<DatagramFamily> family) {
        try {
            families.add(family.get());
        } catch (NoClassDefFoundError e) {
            LOGGER.debug("a transport is not on the class path: {}", e.getMessage());
        }
    }

    static DatagramFamily of(EventLoop eventLoop) {
        if (eventLoop instanceof IoEventLoop loop) {
            for (DatagramFamily family : AVAILABLE) {
                if (loop.isIoType(family.ioHandler)) {
                    return family;
                }
            }
        }
        throw new UnsupportedOperationException("no UDP channel for an event loop of type "
                + eventLoop.getClass().getName() + " (expected: one driven by NIO, epoll, io_uring or kqueue)");
    }

    /** A socket for one end of paths to, or from, an address. */
    DatagramChannel newSocket(InetSocketAddress address, QuicOptions options) {
        DatagramChannel channel = socket.apply(
                address.getAddress() instanceof Inet6Address ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET);
        channel.config().setOption(ChannelOption.SO_RCVBUF, options.socketBufferBytes());
        channel.config().setOption(ChannelOption.SO_SNDBUF, options.socketBufferBytes());
        int packets = batches ? options.segments() : 1;
        if (packets > 1) {
            channel.config().setOption(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, options.maxUdpPayloadBytes());
        }
        channel.config()
                .setRecvByteBufAllocator(new FixedRecvByteBufAllocator(packets * options.maxUdpPayloadBytes())
                        .maxMessagesPerRead(READS_A_TURN * packets));
        return channel;
    }

    SegmentedDatagramPacketAllocator segments(QuicOptions options) {
        return options.segments() > 1 ? segments.apply(options.segments()) : SegmentedDatagramPacketAllocator.NONE;
    }
}
