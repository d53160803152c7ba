package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import org.junit.jupiter.api.Test;

/** When a transport is taken to crawl on a path that has mended, as one sees it that is asked every 10 ms. */
class CrawlTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1000 * MILLISECOND;
    private static final int PACKET_BYTES = 1448;
    private static final long UNKNOWN = TransportStats.UNKNOWN;

    private final Crawl crawl = new Crawl();
    private long nowNanos = 7 * SECOND;

    private static TransportStats stats(long rttMillis, long windowPackets, long unacknowledgedPackets) {
        return new TransportStats(
                rttMillis * MILLISECOND,
                windowPackets * PACKET_BYTES,
                UNKNOWN,
                UNKNOWN,
                unacknowledgedPackets * PACKET_BYTES,
                0,
                0,
                MptcpStats.NONE);
    }

    /** Asks every 10 ms for so long. Returns how often it was to begin anew. */
    private int ask(TransportStats stats, long waitedMillis, long forNanos) {
        int restarts = 0;
        for (long passed = 0; passed < forNanos; passed += 10 * MILLISECOND) {
            nowNanos += 10 * MILLISECOND;
            restarts += crawl.isOver(stats, nowNanos - waitedMillis * MILLISECOND, nowNanos) ? 1 : 0;
        }
        return restarts;
    }

    private void crawl() {
        assertThat(ask(stats(120, 8, 2), 1000, SECOND)).isZero();
    }

    @Test
    void shouldSeeThatTheQueueIsGone() {
        crawl();
        assertThat(ask(stats(105, 8, 2), 1000, 300 * MILLISECOND))
                .as("a packet less in the queue")
                .isZero();
        assertThat(ask(stats(90, 8, 1), 1000, 10 * MILLISECOND)).isOne();
    }

    @Test
    void shouldSeeItWhereLittleIsGivenToTheTransportByTurns() {
        crawl();
        int restarts = 0;
        for (int i = 0; i < 10; i++) {
            restarts += ask(stats(80, 8, 1), 150, 100 * MILLISECOND);
            restarts += ask(stats(80, 8, 1), 300, 60 * MILLISECOND);
        }
        assertThat(restarts).isOne();
    }

    @Test
    void shouldNotTakeForACrawlWhatHoldsNothingBack() {
        crawl();
        assertThat(ask(stats(60, 8, 5), 1000, SECOND))
                .as("its window is more than half full")
                .isZero();
        assertThat(ask(stats(60, 600, 200), 1000, SECOND)).as("it is not slow").isZero();
        assertThat(ask(stats(60, 8, 1), 140, SECOND)).as("nothing waits").isZero();
        assertThat(ask(new TransportStats(UNKNOWN, 8000, UNKNOWN, UNKNOWN, 1000, 0, 0, MptcpStats.NONE), 1000, SECOND))
                .isZero();
        assertThat(ask(new TransportStats(60, UNKNOWN, UNKNOWN, UNKNOWN, 1000, 0, 0, MptcpStats.NONE), 1000, SECOND))
                .isZero();
        assertThat(ask(new TransportStats(60, 8000, UNKNOWN, UNKNOWN, UNKNOWN, 0, 0, MptcpStats.NONE), 1000, SECOND))
                .isZero();
        assertThat(crawl.isOver(stats(60, 8, 1), Deadline.NONE, nowNanos)).isFalse();
    }

    /** bbr's PROBE_RTT, say. */
    @Test
    void shouldNotTakeAPauseForACrawl() {
        assertThat(ask(stats(120, 8, 2), 500, Crawl.SHORTEST_NANOS / 2)).isZero();
        assertThat(ask(stats(60, 8, 2), 500, Crawl.SHORTEST_NANOS / 3)).isZero();
        nowNanos += SECOND;
        assertThat(ask(stats(60, 8, 2), 500, Crawl.SHORTEST_NANOS)).isZero();
    }

    @Test
    void shouldTryEverMoreRarelyWhereThePathIsSlowForGood() {
        int restarts = 0;
        for (int i = 0; i < 600; i++) {
            restarts += ask(stats(120, 8, 2), 1000, 500 * MILLISECOND);
            restarts += ask(stats(80, 8, 2), 1000, 500 * MILLISECOND);
        }
        assertThat(restarts).as("of 600 falls, in ten minutes").isBetween(10, 17);
    }

    @Test
    void shouldTrySoonAgainWhereItWasOfUse() {
        for (int i = 0; i < 20; i++) {
            crawl();
            assertThat(ask(stats(80, 8, 2), 1000, 100 * MILLISECOND)).isOne();
            ask(stats(50, 32, 20), 50, SECOND);
        }
    }
}
