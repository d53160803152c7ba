package dev.multipath.benchmarks.paths;

import dev.multipath.benchmarks.stack.Transport;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;

/** What both ends have in common. */
final class Wiring {

    private final Transport transport;

    /** Takes a transport by name; epoll if none is named and there is epoll. */
    Wiring(String name) {
        transport = name != null
                ? Transport.valueOf(name)
                : Transport.EPOLL.isAvailable() ? Transport.EPOLL : Transport.NIO;
    }

    EventLoopGroup newGroup(String threads) {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(threads), transport.newIoHandler());
    }

    static InetSocketAddress address(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        return new InetSocketAddress(
                hostAndPort.substring(0, colon), Integer.parseInt(hostAndPort.substring(colon + 1)));
    }
}
