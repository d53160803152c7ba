package dev.multipath.session;

import dev.multipath.metrics.TransportStats;

/**
 * Finds out when a transport goes on to crawl on a path that has mended. Linux's bbr takes a path that loses much, at a rate that stays
 * the same, for one with a policer, and sends no faster for 48 round trips ({@code bbr_lt_bw_sampling}): seconds, where a new connection would
 * need some tenths. It looks like this: next to nothing is in the network, the window has room, and all the same what was given to it waits
 * for round trips. That is right while the path crawls. When it does no more its queue is empty, and the round trip falls: nothing else tells.
 *
 * <p>That may be wrong of a path that is slow for good, and whose round trip varies. There the transport's new start costs some
 * packets, so after one that was in vain it has to wait for twice as long until the next.
 */
final class Crawl {

    /** What is not held back takes one round trip, behind the 20 ms that may wait in front of the network ({@code BandwidthDelayControl}). */
    private static final int WAITED_ROUND_TRIPS = 2;

    private static final long WAITED_NANOS = 20_000_000;

    /** Ten packets (RFC 6928): who paces for a crawl has one or two in the network; who has more learns from these. */
    private static final long FEW_BYTES = 14_600;

    /** Shorter is a pause, as for bbr's PROBE_RTT, or for a loss. */
    static final long SHORTEST_NANOS = 200_000_000;

    /** Of the longest round trip of the crawl: with one packet less in a crawling path's queue of two or three it is not yet so short. */
    static final double FALLEN = 0.8;

    /** A new start shows in so much time whether it was of use: ten round trips of most paths. */
    static final long FIRST_DISTANCE_NANOS = 500_000_000;

    private static final long LONGEST_DISTANCE_NANOS = 64_000_000_000L;

    /** A window that has grown so much behind a new start: it was of use. */
    private static final int GROWN = 4;

    private static final long NEVER = Long.MIN_VALUE / 2;

    private long sinceNanos;
    private long seenAtNanos = NEVER;
    private long longestRttNanos;
    private long restartedAtNanos = NEVER;
    private long windowAtRestartBytes = Long.MAX_VALUE / GROWN;
    private long distanceNanos = FIRST_DISTANCE_NANOS;

    /**
     * The transport was asked what it knows.
     *
     * @param oldestSentAtNanos when that was given to it which waits longest for its acknowledgement; {@link Deadline#NONE} if nothing does
     * @return whether it should forget what it knows of the path
     */
    boolean isOver(TransportStats stats, long oldestSentAtNanos, long nowNanos) {
        if (stats.congestionWindowBytes() >= GROWN * windowAtRestartBytes) {
            windowAtRestartBytes = Long.MAX_VALUE / GROWN;
            distanceNanos = FIRST_DISTANCE_NANOS;
        }
        if (!holdsBack(stats, oldestSentAtNanos, nowNanos)) {
            return false;
        }
        if (nowNanos - seenAtNanos > SHORTEST_NANOS) {
            sinceNanos = nowNanos;
        }
        seenAtNanos = nowNanos;
        longestRttNanos = Math.max(longestRttNanos, stats.smoothedRttNanos());
        boolean over = nowNanos - sinceNanos >= SHORTEST_NANOS
                && nowNanos - restartedAtNanos >= distanceNanos
                && stats.smoothedRttNanos() <= FALLEN * longestRttNanos;
        if (over) {
            onRestart(stats, nowNanos);
        }
        return over;
    }

    /** Whether it looks like a crawl now; as {@link #isOver}. Before it ever has, there is nothing to note. */
    static boolean holdsBack(TransportStats stats, long oldestSentAtNanos, long nowNanos) {
        return oldestSentAtNanos != Deadline.NONE
                && stats.smoothedRttNanos() > 0
                && stats.unacknowledgedBytes() != TransportStats.UNKNOWN
                && stats.unacknowledgedBytes() <= Math.min(stats.congestionWindowBytes() / 2, FEW_BYTES)
                && nowNanos - oldestSentAtNanos > WAITED_ROUND_TRIPS * stats.smoothedRttNanos() + WAITED_NANOS;
    }

    private void onRestart(TransportStats stats, long nowNanos) {
        if (restartedAtNanos != NEVER) {
            distanceNanos = Math.min(2 * distanceNanos, LONGEST_DISTANCE_NANOS);
        }
        restartedAtNanos = nowNanos;
        windowAtRestartBytes = stats.congestionWindowBytes();
        longestRttNanos = stats.smoothedRttNanos();
        sinceNanos = nowNanos;
    }
}
