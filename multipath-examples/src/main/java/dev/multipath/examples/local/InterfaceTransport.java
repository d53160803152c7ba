package dev.multipath.examples.local;

import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportDecorator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.util.concurrent.Future;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Dials from interfaces. A path whose interface has no address fails as one that there is no way for, so it is tried again when
 * interfaces change. With epoll its packets leave by that interface as well, whatever the routes say (SO_BINDTODEVICE; since Linux
 * 5.7 everybody may); without, the address alone has to do, for which routes by source address are needed.
 */
public final class InterfaceTransport extends TransportDecorator {
    private static final int SOL_SOCKET = 1;
    private static final int SO_BINDTODEVICE = 25;
    private static final RawUnixChannelOption DEVICE =
            new RawUnixChannelOption("SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, InterfaceAddress.MAX_NAME_BYTES);

    private final EventLoop epoll;

    /**
     * Over another transport.
     *
     * @param epoll a loop for subflows, driven by epoll, or null for the sessions' own
     */
    public InterfaceTransport(SubflowTransport base, EventLoop epoll) {
        super(base);
        this.epoll = epoll;
    }

    @Override
    public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
        return epoll == null ? super.eventLoop(session, remote) : epoll;
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        if (!(local instanceof InterfaceAddress leaving)) {
            return super.dial(eventLoop, remote, local, setup);
        }
        InetSocketAddress from;
        try {
            from = leaving.resolve(addressOf(remote));
        } catch (BindException | UnknownHostException e) {
            return eventLoop.newFailedFuture(e);
        }
        return super.dial(eventLoop, remote, from, isEpoll(eventLoop) ? bound(setup, leaving) : setup);
    }

    private static InetAddress addressOf(SocketAddress remote) throws UnknownHostException {
        InetSocketAddress inet = (InetSocketAddress) remote;
        return inet.isUnresolved() ? InetAddress.getByName(inet.getHostString()) : inet.getAddress();
    }

    private static boolean isEpoll(EventLoop eventLoop) {
        return eventLoop instanceof IoEventLoop loop && loop.isIoType(EpollIoHandler.class);
    }

    /** As an option, since it has to be set before the socket connects, and QUIC's is not the subflow's channel. */
    private static SubflowSetup bound(SubflowSetup setup, InterfaceAddress leaving) {
        byte[] name = leaving.name().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer value = ByteBuffer.allocate(InterfaceAddress.MAX_NAME_BYTES);
        value.put(name).rewind();
        Map<ChannelOption<?>, Object> options = new HashMap<>(setup.options());
        options.put(DEVICE, value);
        return new SubflowSetup(options, setup.initializer());
    }
}
