package dev.multipath.quic;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Where UDP did not come through of late, while TCP did. Any thread. */
final class UdpMemory {

    /**
     * A way through the network, as far as a client knows it.
     *
     * @param local null for any
     */
    record Network(InetAddress local, InetAddress remote) {

        static Network of(SocketAddress local, InetSocketAddress remote) {
            return new Network(local instanceof InetSocketAddress inet ? inet.getAddress() : null, remote.getAddress());
        }
    }

    /** A firewall stays what it is; but a host may have moved to another network behind the same addresses. */
    static final long BLOCKED_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** More servers than a client has. */
    private static final int MAX_NETWORKS = 256;

    private final LongSupplier nanoTime;

    /** Until when they are taken for blocked; the one that was found out first goes first. */
    private final Map<Network, Long> blocked = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Network, Long> eldest) {
            return size() > MAX_NETWORKS;
        }
    };

    UdpMemory(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    synchronized boolean isBlocked(Network network) {
        Long untilNanos = blocked.get(network);
        return untilNanos != null && nanoTime.getAsLong() - untilNanos < 0;
    }

    synchronized void onBlocked(Network network) {
        blocked.put(network, nanoTime.getAsLong() + BLOCKED_NANOS);
    }

    synchronized void onThrough(Network network) {
        blocked.remove(network);
    }
}
