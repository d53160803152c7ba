package dev.multipath.session.sim;

import dev.multipath.metrics.TransportStats;

/** What transports tell of themselves ({@code sim.transport}). */
enum Told {
    /** TCP that is asked ({@code TCP_INFO}), as with epoll and io_uring. */
    TCP_INFO,

    /** TCP that cannot be asked, as with NIO. */
    SILENT,

    /** As QUIC: what waits to be sent is told, but neither what has arrived nor what the peer's host keeps back. How it repairs is TCP's. */
    QUIC,

    /** The first path's is TCP that is asked, all others' are as QUIC. */
    MIXED;

    static Told fromProperties() {
        return valueOf(System.getProperty("sim.transport", TCP_INFO.name()).toUpperCase());
    }

    /** Whether there is anything to ask for. */
    boolean isAny() {
        return this != SILENT;
    }

    /** Of all that a transport knows. */
    TransportStats of(TransportStats all, long pathId) {
        boolean quic = this == QUIC || (this == MIXED && pathId > 0);
        return new TransportStats(
                all.smoothedRttNanos(),
                all.congestionWindowBytes(),
                all.deliveryBytesPerSecond(),
                quic ? all.unsentBytes() : TransportStats.UNKNOWN,
                quic ? TransportStats.UNKNOWN : all.unacknowledgedBytes(),
                quic ? TransportStats.UNKNOWN : all.heldBytes(),
                all.lostPackets(),
                all.mptcp());
    }
}
