package dev.multipath.congestion;

import dev.multipath.metrics.TransportStats;

/**
 * As much in flight as the path holds, with a little that waits: (delivery rate x lowest round-trip time) x gain, and what the
 * path is seen to deliver at once. None of the three grows by what is in flight itself. The rate is the path's however long its queue
 * is; the round-trip time is the lowest, and looked for anew by letting the queue run dry (as BBR does, and cheaper); bursts are
 * counted beyond what the rate explains, so that only a path that stops and catches up gets more: a TCP that repairs a
 * loss delivers nothing for a round trip or so, and then all at once, and must not run out of data meanwhile.
 *
 * <p>And it leaves no faster than the path could bring it, with as little above that as lets a rate that has grown show. What comes of credit, or of an
 * acknowledgement behind a stall, is a whole window at once: a transport that is not used to its limit passes that on as fast
 * as it can (bbr's STARTUP, which it leaves only when it had always more to send, or a CUBIC without pacing), and a short queue overflows.
 *
 * <p>Where the transport tells nothing of itself, no burst of before counts behind the start but what event loops make: what came at once behind an
 * overflow of the queue would make it overflow again. As much more is let pass as is missed, while it is missed ({@link Withheld}).
 *
 * <p>A transport that tells what it has not sent yet gets no more than that it does not run out of it: when its own window
 * shrinks, the rate that was seen last holds for some round trips more, and what that would put behind the window only waits.
 *
 * <pre>
 *            rate has not grown by a quarter in 3 round trips        10 s since the queue was last empty
 *   STARTUP ──────────────────────────────────────────────► STEADY ─────────────────────────────────► DRAINING
 *      ▲                                                       ◄───────────────────────────────────────
 *      │ the path is another one                                in flight below the limit for a round trip
 * </pre>
 */
public final class BandwidthDelayControl implements CongestionControl {

    private enum State {
        /** The path has shown no end of its rate yet. */
        STARTUP,
        STEADY,
        /** Less than the path holds, so that the next round-trip times are those of the path without a queue. */
        DRAINING
    }

    /** Before anything is known: a little more than a TCP sends in its first two round trips. */
    static final long INITIAL_BYTES = 64 << 10;

    /** Eleven packets of an Ethernet: what a TCP sends at first, to learn its path's rate. */
    private static final double MIN_STARTUP_BYTES = 16 << 10;

    /** Two frames of the smallest size of bulk data: one on the way, one behind it. */
    static final long MIN_BYTES = 8 << 10;

    /** More than this leaves the processor's caches and gains nothing. */
    static final long MAX_BYTES = 4 << 20;

    /** 2/ln 2: lets a rate double with each round trip, as that of a TCP below does in slow start. */
    private static final double STARTUP_GAIN = 2.89;

    /** So the queue takes a quarter of the round trip at the most, and a rate that could be higher shows it. */
    private static final double STEADY_GAIN = 1.25;

    /** What leaves at once after a rest: several times what timers are late. Where a round trip is shorter, this sets no limit. */
    private static final long MAX_PACED_BURST_NANOS = 10_000_000;

    private static final double DRAINING_GAIN = 0.75;

    /** So many losses in a round trip, and so much of it, are of a queue that has overflowed (BBRv3's test, draft-ietf-ccwg-bbr section 5.3.1.3). */
    private static final int STARTUP_LOSSES = 6;

    private static final double STARTUP_LOSS_SHARE = 0.02;

    /** A packet of an Ethernet, more or less. */
    private static final int PACKET_BYTES = 1_400;

    /** BBR's test for a full path. */
    private static final double STARTUP_GROWTH = 1.25;

    private static final int STARTUP_ROUND_TRIPS = 3;

    /** Where there is a queue already, the next would make it overflow. */
    private static final int STARTUP_ROUND_TRIPS_WITH_QUEUE = 1;

    /** RFC 9406, section 4.3: MIN_RTT_DIVISOR, MIN_RTT_THRESH, MAX_RTT_THRESH. */
    private static final int HYSTART_DIVISOR = 8;

    private static final long MIN_HYSTART_NANOS = 4_000_000;

    private static final long MAX_HYSTART_NANOS = 16_000_000;

    /** The window of the lowest round-trip time, which must see an empty queue once. */
    private static final long DRAIN_INTERVAL_NANOS = 10_000_000_000L;

    /** Event loops send and acknowledge in batches: no round trip counts as shorter, or a fast local path would throttle itself. */
    private static final long BATCHING_NANOS = 1_000_000;

    /**
     * But they put no more in flight than this, on a path that holds less: what leaves the processor's own cache is copied at
     * half the speed (docs/PERFORMANCE.md, "The data path"). Half of such a cache, and eight of the largest reads.
     */
    static final long MAX_BATCHING_BYTES = 512 << 10;

    /** What a transport may have unsent: twice what it can send until it is asked again, every 10 ms at the most. */
    private static final double UNSENT_SECONDS = 0.020;

    /** Two packets of an Ethernet: what a window may have left, and a TCP not use. */
    private static final long WINDOW_REST_BYTES = 3_000;

    private static final double NANOS_PER_SECOND = 1e9;

    /** So long a stall is bridged: two round trips, in which TCP repairs a loss; or the turns of two busy event loops. */
    private static final int MAX_BURST_ROUND_TRIPS = 2;

    private static final double MAX_BURST_SECONDS = 0.002;

    /**
     * A transport that has a queue in the network does not run dry, and what it holds back it may tell ({@link TransportStats#heldBytes}): what
     * comes at once for any other reason is an acknowledgement that has waited its 2 ms, and the turns of the two event loops. QUIC does not
     * tell; it gets nothing in advance until its round trip shows that the queue is gone, or two round trips' worth make it overflow again.
     */
    private static final double MAX_TURN_SECONDS = 0.005;

    private static final double BURST_SHARE_STEP = 0.25;

    private State state = State.STARTUP;
    private long limitBytes = INITIAL_BYTES;

    /** What is in the network, and what may wait in front of it; as long as the transport tells that something does. */
    private long transportLimitBytes = Long.MAX_VALUE;

    /** What waits at the peer for something that is sent again: known where the transport tells it. */
    private long heldBytes = TransportStats.UNKNOWN;

    /** Guessed where that is not told. */
    private Withheld withheld = Withheld.NOTHING;

    /** It does not tell what is held back, or nothing of itself yet. */
    private boolean isHeldUntold = true;

    private double rate;
    private double productBytes;

    /** When all that has left would have, at the pace of the path. */
    private long pacedUntilNanos = Long.MIN_VALUE;

    private double pacedBytesPerSecond = Double.POSITIVE_INFINITY;

    /** By how much the last turn was late; 0 once that is made good. */
    private long lateNanos;

    // ---- startup
    private long mostInFlightBytes;
    private long mostInFlightBeforeBytes;
    private long transportRttNanos = TransportStats.UNKNOWN;
    private long lowestTransportRttNanos = Long.MAX_VALUE;

    /** The least sample of the round trip that is under way. */
    private long leastOfRoundNanos = Long.MAX_VALUE;

    /** What the transport has lost, and had when the round trip began. */
    private long lostPackets;

    private long lostPacketsBefore;

    private double fullRate;
    private int roundTripsWithoutGrowth;

    // ---- draining
    private long drainedAtNanos;
    private long drainedRoundTrip;
    private boolean drained;

    private final Bursts bursts = new Bursts();

    /** How much of the largest burst counts: less and less while no sample of a round trip is without a queue. */
    private double burstShare = 1;

    private boolean alwaysQueued = true;
    private long roundTrips;

    /** Makes the policy of one subflow. */
    public BandwidthDelayControl() {}

    @Override
    public long inFlightLimitBytes() {
        if (countsSilence() && withheld.isPaused()) {
            return 0;
        }
        // No more than has come at once of late: a path that loses nothing holds nothing back.
        double nowHeldBytes = countsSilence() ? Math.min(withheld.bytes(), bursts.maxBytes()) : heldBytes;
        long heldCountedBytes = (long) Math.max(0, Math.min(nowHeldBytes, MAX_BURST_ROUND_TRIPS * productBytes));
        return Math.min(Math.min(limitBytes + heldCountedBytes, MAX_BYTES), transportLimitBytes);
    }

    @Override
    public long sendsAtNanos() {
        return pacedUntilNanos;
    }

    @Override
    public void onLateTurn(long nanos) {
        lateNanos = nanos;
    }

    @Override
    public boolean hasSeenLimit() {
        return state != State.STARTUP;
    }

    @Override
    public void onSent(int payloadBytes, long inFlightBytes, long nowNanos) {
        mostInFlightBytes = Math.max(mostInFlightBytes, inFlightBytes);
        if (hasSeenLimit()) {
            pacedUntilNanos = Math.max(pacedUntilNanos, nowNanos - MAX_PACED_BURST_NANOS - lateNanos)
                    + (long) (payloadBytes * NANOS_PER_SECOND / pacedBytesPerSecond);
            if (pacedUntilNanos >= nowNanos) {
                lateNanos = 0;
            }
        }
    }

    /**
     * Whether so much was in flight of late that it could be too much: the few packets that any TCP sends at first, or less, show no
     * limit, however long they took. They have waited for one that was lost, or behind somebody else's.
     */
    private boolean mayBeFull() {
        return Math.max(mostInFlightBytes, mostInFlightBeforeBytes) >= MIN_STARTUP_BYTES;
    }

    @Override
    public boolean countsSilence() {
        return isHeldUntold && hasSeenLimit();
    }

    @Override
    public void onSilence(long missedNanos) {
        withheld = withheld.afterSilence(missedNanos / NANOS_PER_SECOND, rate, productBytes);
    }

    @Override
    public void onResolved(long inFlightBytes) {
        withheld.onResolved(inFlightBytes);
    }

    @Override
    public void onDelivered(int payloadBytes, long inFlightBytes, long nowNanos) {
        withheld.onDelivered(payloadBytes, inFlightBytes, limitBytes);
        bursts.onDelivered(payloadBytes, rate, nowNanos);
        // What was held comes first: it is the oldest.
        heldBytes = heldBytes > 0 ? Math.max(0, heldBytes - payloadBytes) : heldBytes;
        if (inFlightBytes == 0) {
            transportLimitBytes = Long.MAX_VALUE;
        }
    }

    @Override
    public void onEstimate(PathEstimate path, long nowNanos) {
        rate = path.deliveryRateBytesPerSecond();
        boolean newRoundTrip = path.roundTrips() != roundTrips;
        roundTrips = path.roundTrips();
        double pathBytes = rate * path.minRttNanos() / NANOS_PER_SECOND;
        productBytes = Math.max(pathBytes, Math.min(rate * BATCHING_NANOS / NANOS_PER_SECOND, MAX_BATCHING_BYTES));
        withheld.onEstimate(productBytes);
        // What is always let pass may leave within a round trip, whatever rate was seen.
        pacedBytesPerSecond =
                Math.max(STEADY_GAIN * rate, MIN_BYTES * NANOS_PER_SECOND / Math.max(1, path.minRttNanos()));
        alwaysQueued &= path.hasQueue();
        mostInFlightBytes = Math.max(mostInFlightBytes, path.inFlightBytes());
        if (newRoundTrip) {
            bursts.onRoundTrip(nowNanos);
            // What waits all the time bridges nothing.
            burstShare = alwaysQueued ? burstShare / 2 : Math.min(burstShare + BURST_SHARE_STEP, 1);
            alwaysQueued = true;
        }
        if (path.inFlightBytes() <= DRAINING_GAIN * productBytes) {
            drainedAtNanos = nowNanos;
        }
        switch (state) {
            case STARTUP -> {
                if (!mayBeFull()) {
                    break;
                }
                if (newRoundTrip && !path.isLimitedByOthers()) {
                    lookForFullRate(path.hasQueue(), nowNanos);
                } else if (newRoundTrip && queueBuilds(path) && path.inFlightBytes() > productBytes) {
                    settle(nowNanos);
                }
            }
            case STEADY -> {
                if (nowNanos - drainedAtNanos > DRAIN_INTERVAL_NANOS) {
                    state = State.DRAINING;
                    drained = false;
                }
            }
            case DRAINING -> drain(path.inFlightBytes());
        }
        if (newRoundTrip) {
            mostInFlightBeforeBytes = mostInFlightBytes;
            mostInFlightBytes = path.inFlightBytes();
            lostPacketsBefore = lostPackets;
        }
        leastOfRoundNanos = newRoundTrip ? path.newestRttNanos() : Math.min(leastOfRoundNanos, path.newestRttNanos());
        double mostBytes = Math.max((STEADY_GAIN + MAX_BURST_ROUND_TRIPS) * pathBytes, MAX_BATCHING_BYTES);
        limitBytes = (long) Math.min(Math.min(limit(), mostBytes), MAX_BYTES);
    }

    /** Not before the rate is known: until then it is what is given to a transport that makes its window grow. */
    @Override
    public void onTransport(TransportStats stats, long inFlightBytes, long nowNanos) {
        heldBytes = stats.heldBytes();
        isHeldUntold = heldBytes == TransportStats.UNKNOWN;
        noteTransportRtt(stats.smoothedRttNanos());
        noteLosses(stats.lostPackets(), nowNanos);
        long unsentBytes = unsentBytes(stats, inFlightBytes);
        transportLimitBytes = unsentBytes <= 0 || !hasSeenLimit()
                ? Long.MAX_VALUE
                : Math.max(0, inFlightBytes - unsentBytes)
                        + (long) Math.max(UNSENT_SECONDS * presentRate(stats), MIN_BYTES);
    }

    /** Of late, or as much as the transport's window lets pass now, if that is less. */
    private double presentRate(TransportStats stats) {
        return stats.congestionWindowBytes() != TransportStats.UNKNOWN && stats.smoothedRttNanos() > 0
                ? Math.min(rate, stats.congestionWindowBytes() * NANOS_PER_SECOND / stats.smoothedRttNanos())
                : rate;
    }

    /** Where what is held back is told, the round trip itself shows the end of the start ({@link #onStall}). */
    private void noteLosses(long packets, long nowNanos) {
        lostPackets = Math.max(0, packets);
        double mostPackets = (double) Math.max(mostInFlightBytes, mostInFlightBeforeBytes) / PACKET_BYTES;
        if (state == State.STARTUP
                && heldBytes == TransportStats.UNKNOWN
                && isTransportQueued()
                && lostPackets - lostPacketsBefore >= Math.max(STARTUP_LOSSES, STARTUP_LOSS_SHARE * mostPackets)) {
            settle(nowNanos);
        }
    }

    private void noteTransportRtt(long rttNanos) {
        transportRttNanos = rttNanos;
        if (rttNanos > 0) {
            lowestTransportRttNanos = Math.min(lowestTransportRttNanos, rttNanos);
        }
    }

    /**
     * HyStart++ (RFC 9406): the first of a queue shows that the path is full, long before it overflows. Of a whole round trip there was
     * always one, so it was no burst; and the transport's own round trip has grown, so it is in the network.
     */
    private boolean queueBuilds(PathEstimate path) {
        return isTransportQueued()
                && leastOfRoundNanos != Long.MAX_VALUE
                && leastOfRoundNanos > path.minRttNanos() + hyStartNanos(path.minRttNanos());
    }

    /** Whether something waits in the network. */
    private boolean isTransportQueued() {
        return transportRttNanos > 0
                && transportRttNanos > lowestTransportRttNanos + hyStartNanos(lowestTransportRttNanos);
    }

    private static long hyStartNanos(long rttNanos) {
        return Math.min(Math.max(rttNanos / HYSTART_DIVISOR, MIN_HYSTART_NANOS), MAX_HYSTART_NANOS);
    }

    /** Of what is in flight, the transport has not sent so much yet; or {@link TransportStats#UNKNOWN}. */
    private static long unsentBytes(TransportStats stats, long inFlightBytes) {
        if (stats.unsentBytes() != TransportStats.UNKNOWN || stats.unacknowledgedBytes() == TransportStats.UNKNOWN) {
            return stats.unsentBytes();
        }
        long networkBytes = stats.unacknowledgedBytes() - Math.max(0, stats.heldBytes());
        // As long as its window has room all has left: the rest is on its way, and its acknowledgement not here yet.
        return networkBytes < stats.congestionWindowBytes() - WINDOW_REST_BYTES
                ? 0
                : Math.max(0, inFlightBytes - stats.unacknowledgedBytes());
    }

    private void lookForFullRate(boolean hasQueue, long nowNanos) {
        if (rate >= STARTUP_GROWTH * fullRate) {
            fullRate = rate;
            roundTripsWithoutGrowth = 0;
        } else if (++roundTripsWithoutGrowth >= (hasQueue ? STARTUP_ROUND_TRIPS_WITH_QUEUE : STARTUP_ROUND_TRIPS)) {
            settle(nowNanos);
        }
    }

    private void settle(long nowNanos) {
        state = State.STEADY;
        drainedAtNanos = nowNanos;
    }

    /** As a new one. A rate that was measured by the little that was let pass while the path was bad would hold for ever. */
    @Override
    public void onRestart() {
        state = State.STARTUP;
        limitBytes = INITIAL_BYTES;
        transportLimitBytes = Long.MAX_VALUE;
        withheld = Withheld.NOTHING;
        pacedUntilNanos = Long.MIN_VALUE;
        lateNanos = 0;
        rate = 0;
        fullRate = 0;
        roundTripsWithoutGrowth = 0;
        mostInFlightBytes = 0;
        mostInFlightBeforeBytes = 0;
    }

    /** Most likely its queue has overflowed. To have more on the way then would only make it happen again. */
    @Override
    public void onStall(long nowNanos) {
        bursts.skipRoundTrip();
        if (state == State.STARTUP && mayBeFull()) {
            settle(nowNanos);
        }
    }

    private void drain(long inFlightBytes) {
        if (!drained && inFlightBytes <= limitBytes) {
            drained = true;
            drainedRoundTrip = roundTrips;
        } else if (drained && roundTrips > drainedRoundTrip + 1) {
            bursts.skipRoundTrip();
            state = State.STEADY;
        }
    }

    private long limit() {
        double mostBytes = isTransportQueued()
                ? MAX_TURN_SECONDS * rate
                : MAX_BURST_ROUND_TRIPS * productBytes + MAX_BURST_SECONDS * rate;
        // Whether it has a queue, who tells nothing does not tell either. A start has more to gain than to lose by it.
        if (countsSilence() && transportRttNanos == TransportStats.UNKNOWN) {
            mostBytes = Math.min(mostBytes, MAX_TURN_SECONDS * rate);
        }
        double burstBytes = burstShare * Math.min(bursts.maxBytes(), mostBytes);
        return switch (state) {
            case STARTUP -> (long) Math.max(STARTUP_GAIN * productBytes + burstBytes, MIN_STARTUP_BYTES);
            case STEADY ->
                (long) Math.max(
                        STEADY_GAIN * productBytes + burstBytes, Math.max(productBytes + untoldBytes(), MIN_BYTES));
            // One frame at a time at the least: any other would have its round trip lengthened by those before it.
            case DRAINING -> (long) Math.max(DRAINING_GAIN * productBytes, 1);
        };
    }

    /**
     * What is on no path and not acknowledged either: a frame that has not come whole, and what comes while its acknowledgement waits. The
     * lowest round trip, that of something small, has none of it. A near path holds less than that if it is slow; and as all its frames take
     * so much longer, it looks as if it always had a queue, so no burst counts.
     */
    private double untoldBytes() {
        return MIN_BYTES / 2.0 + Math.min(MAX_TURN_SECONDS * rate, MIN_BYTES);
    }
}
