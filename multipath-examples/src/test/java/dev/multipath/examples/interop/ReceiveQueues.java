package dev.multipath.examples.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What lies unread at the sockets of this host, as the kernel tells ({@code proc_net_tcp(5)}). A peer that has stopped reading
 * leaves little there when the other has little to send, and who writes to it does not notice. Where there is no
 * {@code /proc}, nothing is known.
 */
final class ReceiveQueues {

    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final int LOCAL = 1;
    private static final int REMOTE = 2;
    private static final int QUEUES = 4;

    private record Ports(int local, int remote) {}

    private final Map<Ports, Long> bytes = new HashMap<>();

    private ReceiveQueues() {}

    static ReceiveQueues now() {
        final ReceiveQueues queues = new ReceiveQueues();
        for (final Path table : TABLES) {
            try {
                Files.readAllLines(table).stream().skip(1).forEach(queues::add);
            } catch (final IOException e) {
                // Another kind of system, or no IPv6.
            }
        }
        return queues;
    }

    private void add(final String line) {
        final String[] fields = line.strip().split("\\s+");
        final long unread = Long.parseLong(fields[QUEUES].substring(fields[QUEUES].indexOf(':') + 1), 16);
        bytes.put(new Ports(port(fields[LOCAL]), port(fields[REMOTE])), unread);
    }

    private static int port(final String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1), 16);
    }

    /** Of a loopback connection's socket with these ports. */
    long unreadBytes(final int localPort, final int remotePort) {
        return bytes.getOrDefault(new Ports(localPort, remotePort), 0L);
    }
}
