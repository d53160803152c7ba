package dev.multipath.session;

import dev.multipath.metrics.TransportStats;

/** How much a transport tells of what it was given. */
enum Insight {
    /** Nothing, as NIO; or nothing yet. */
    NONE,

    /** What has not left, or has not arrived: QUIC. */
    BACKLOG,

    /** Beyond that, what has arrived and the peer's host keeps back: {@code TCP_INFO}. */
    HELD;

    static Insight of(TransportStats stats) {
        if (stats.heldBytes() != TransportStats.UNKNOWN) {
            return HELD;
        }
        return stats.unsentBytes() != TransportStats.UNKNOWN || stats.unacknowledgedBytes() != TransportStats.UNKNOWN
                ? BACKLOG
                : NONE;
    }
}
