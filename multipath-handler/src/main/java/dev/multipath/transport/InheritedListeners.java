package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Listens with sockets that somebody else has opened, bound and set to listen, and that the process was started with: by
 * systemd's socket activation, say, whose descriptors are 3 and those that follow, as many as {@code LISTEN_FDS} says. They may
 * be of Multipath TCP ({@code SocketProtocol=mptcp}), or of a port that this process could not bind. They must not block, or
 * accepting would hold up the event loop: systemd needs {@code NonBlocking=true} in the service's unit. An address that none of
 * them listens at is left to the other transport. Needs epoll event loops.
 */
public final class InheritedListeners extends TransportDecorator {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(InheritedListeners.class);
    private static final Pattern FLAGS = Pattern.compile("(?m)^flags:\\s*([0-7]{1,10})$");
    private static final int OCTAL = 8;

    /** O_NONBLOCK of Linux on all processors that Netty has epoll for. */
    private static final int NON_BLOCKING = 04000;

    /** Those that nobody has asked for yet. */
    private final List<EpollServerSocketChannel> listeners = new ArrayList<>();

    /**
     * Takes the descriptors over.
     *
     * @param base dials, and listens at other addresses
     * @param descriptors of sockets that listen
     * @throws ChannelException if one is no socket, or blocks
     */
    public InheritedListeners(SubflowTransport base, int... descriptors) {
        super(base);
        for (int descriptor : descriptors) {
            if (isBlocking(descriptor)) {
                throw new ChannelException(
                        "descriptor " + descriptor + " blocks: systemd needs NonBlocking=true in the service's unit");
            }
            listeners.add(new EpollServerSocketChannel(descriptor));
        }
    }

    /** As Linux tells; nothing in Java or Netty asks, or changes it. */
    private static boolean isBlocking(int descriptor) {
        try {
            return isBlocking(Files.readString(Path.of("/proc/self/fdinfo", String.valueOf(descriptor))));
        } catch (IOException e) {
            LOGGER.debug("whether descriptor {} blocks is not known", descriptor, e);
            return false;
        }
    }

    /** By what fdinfo says of a descriptor, proc_pid_fdinfo(5): {@code flags: 04002}, as open(2) has them, in octal. */
    static boolean isBlocking(String fdinfo) {
        Matcher flags = FLAGS.matcher(fdinfo);
        return flags.find() && (Integer.parseInt(flags.group(1), OCTAL) & NON_BLOCKING) == 0;
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        ServerChannel listener = take(local);
        return listener == null
                ? super.listen(eventLoop, local, setup)
                : SubflowBootstrap.adopt(listener, eventLoop, setup);
    }

    private synchronized ServerChannel take(SocketAddress local) {
        for (Iterator<EpollServerSocketChannel> each = listeners.iterator(); each.hasNext(); ) {
            EpollServerSocketChannel listener = each.next();
            if (isAt(listener.localAddress(), local)) {
                each.remove();
                return listener;
            }
        }
        return null;
    }

    /** All addresses of the host are written in two ways. */
    private static boolean isAt(InetSocketAddress actual, SocketAddress wanted) {
        return actual.equals(wanted)
                || wanted instanceof InetSocketAddress inet
                        && inet.getPort() == actual.getPort()
                        && actual.getAddress().isAnyLocalAddress()
                        && !inet.isUnresolved()
                        && inet.getAddress().isAnyLocalAddress();
    }
}
