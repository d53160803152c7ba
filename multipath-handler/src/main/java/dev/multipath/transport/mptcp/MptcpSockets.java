package dev.multipath.transport.mptcp;

import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;

/** A way to sockets of Multipath TCP and to channels on them. Any thread. */
interface MptcpSockets {

    int AF_INET = 2;
    int AF_INET6 = 10;

    /** Stream, non-blocking, closed when the process becomes another one. */
    int SOCK_STREAM_NONBLOCK_CLOEXEC = 0x1 | 0x800 | 0x80000;

    int IPPROTO_MPTCP = 262;

    /**
     * Opens a socket.
     *
     * @return its descriptor, or the error with the sign turned, as Netty's native calls return it
     * @throws IOException if it is not known
     */
    int open(int domain) throws IOException;

    /**
     * Makes a channel on a socket, neither connected nor registered. If that fails the descriptor is still the caller's.
     *
     * @throws IOException if it cannot be
     */
    EpollSocketChannel channel(int descriptor) throws IOException;

    /**
     * The same, of a channel that is to listen.
     *
     * @throws IOException if it cannot be
     */
    EpollServerSocketChannel serverChannel(int descriptor) throws IOException;
}
