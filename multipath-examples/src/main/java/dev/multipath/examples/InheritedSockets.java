package dev.multipath.examples;

import dev.multipath.transport.InheritedListeners;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Sockets that a process was started with, and listen: systemd's socket activation (sd_listen_fds(3)).
 *
 * @param descriptors of them
 */
record InheritedSockets(int... descriptors) {
    /** What is before it are the standard streams. */
    private static final int FIRST = 3;

    /** None. */
    static final InheritedSockets NONE = new InheritedSockets();

    /**
     * Those that this process was given.
     *
     * @throws IOException in words for one line, if they cannot be used here
     */
    static InheritedSockets ofProcess() throws IOException {
        return of(System.getenv(), ProcessHandle.current().pid());
    }

    /** Those that an environment names, if it is meant for a process of that number. */
    static InheritedSockets of(Map<String, String> environment, long pid) throws IOException {
        String count = environment.getOrDefault("LISTEN_FDS", "");
        // A process that systemd did not start has it from one that it did start, and not the sockets.
        if (!environment.getOrDefault("LISTEN_PID", "").equals(String.valueOf(pid))
                || !count.matches("[1-9]\\d{0,3}")) {
            return NONE;
        }
        if (!Epoll.isAvailable()) {
            throw new IOException("cannot listen with the sockets that systemd has opened: there is no epoll here");
        }
        return new InheritedSockets(
                IntStream.range(FIRST, FIRST + Integer.parseInt(count)).toArray());
    }

    boolean isEmpty() {
        return descriptors.length == 0;
    }

    /**
     * Where they listen.
     *
     * @throws IOException in words for one line, if one is no TCP socket
     */
    List<SocketAddress> addresses() throws IOException {
        List<SocketAddress> addresses = new ArrayList<>();
        for (int descriptor : descriptors) {
            InetSocketAddress address = addressOf(descriptor);
            if (address == null) {
                throw new IOException("cannot listen with descriptor " + descriptor
                        + " that systemd has opened: it is no TCP socket (ListenStream=PORT or ADDRESS:PORT)");
            }
            addresses.add(address);
        }
        return addresses;
    }

    /** Null if it has none of IP. */
    private static InetSocketAddress addressOf(int descriptor) {
        try {
            return new Socket(descriptor).localAddress();
        } catch (ChannelException | IllegalArgumentException e) {
            return null;
        }
    }

    /** What listens with them, above another transport. */
    SubflowTransport over(SubflowTransport base) {
        return isEmpty() ? base : new InheritedListeners(base, descriptors);
    }
}
