package dev.multipath.session;

import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.Coupling;
import dev.multipath.congestion.PathEstimate;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.SentFrame.Transmission;

/**
 * The copies on the way on one subflow, and what their arrival says of its path: rates as in delivery rate estimation
 * (draft-cheng-iccrg-delivery-rate-estimation), and what may be in flight after that. Invariant: {@code inFlightBytes} is the
 * payload of the copies that are not resolved.
 */
final class Flight implements PathEstimate {

    /**
     * Bulk frames take so long at the path's rate: the receiver has nothing of a frame before it has the whole. Where the transport pauses
     * with four packets a round trip (bbr's PROBE_RTT), one of 4 ms of 50 Mbit/s takes 170 ms at a round trip of 40 ms, and one of 1 ms
     * two round trips.
     */
    private static final double FRAME_SECONDS = 0.001;

    /** A frame should take no more than this part of what may be in flight, or a subflow could only stop and go. */
    private static final int FRAMES_IN_FLIGHT = 10;

    /**
     * As long as nothing is known of the path: about half of what a TCP sends in its first round trip (RFC 6928: ten segments). The
     * receiver has nothing of a frame before it has the whole, so one that does not fit costs the first byte a round trip more.
     */
    private static final int FIRST_FRAME_BYTES = 8 << 10;

    /** Smaller frames would spend the window of 4096 frames on little data. */
    private static final int MIN_BULK_FRAME_BYTES = 4 << 10;

    /** Two of the smallest bulk frames: beside what any path in bulk holds, they make no queue. */
    private static final int URGENT_BYTES = 2 * MIN_BULK_FRAME_BYTES;

    /** What takes so much longer than the lowest round trip has waited. */
    private static final double WAITED_GAIN = 1.5;

    private static final long WAITED_NANOS = 2_000_000;

    /** Of what a path holds, a window of less lets pass in several round trips what one should bring: no congestion control falls so far
     * for one loss. */
    private static final double CLOSED_SHARE = 0.25;

    /** What any TCP sends at first (RFC 6928): so little makes no queue by itself. */
    private static final int FIRST_WINDOW_BYTES = 14_600;

    private static final double NANOS_PER_SECOND = 1e9;

    private final RttEstimator rtt;
    private CongestionControl congestion;
    private final DeliveryRateEstimator rate = new DeliveryRateEstimator();

    /** Null as long as nothing has looked like one: most paths never do. */
    private Crawl crawl;

    private final Passage passage = new Passage();
    private final Patience patience = new Patience();

    /** Copies in the order of their sending; resolved ones stay until they reach the head. */
    private final OutstandingCopies outstanding = new OutstandingCopies();

    private long nextSequence;
    private long sentBytes;
    private long inFlightBytes;
    private long deliveredBytes;
    private long deliveredAtNanos;

    /** When that was sent of which the newest acknowledgement came. */
    private long deliveredSentAtNanos;

    /** What is sent until more than that is delivered was not sent for want of room; the first is, so that it shows the rate. */
    private long limitedUpToBytes = -1;

    private long roundTrips;
    private long roundTripEndsAtBytes;
    private boolean newestLimited;
    private boolean newestWaited;
    private long newestRttNanos;
    private Insight insight = Insight.NONE;

    /** What is sent is spread, as its congestion control wants it. */
    private boolean spread;

    /** There may be room, and nothing leaves yet: it would be faster than the path. */
    private boolean paused;

    private long transportWindowBytes;

    /** Until when the peer's host keeps something back, at the least, by what the transport told last. */
    private long heldUntilNanos = Long.MIN_VALUE;

    Flight(RttEstimator rtt, CongestionControl congestion, long nowNanos) {
        this.rtt = rtt;
        this.congestion = congestion;
        deliveredAtNanos = nowNanos;
    }

    boolean isEmpty() {
        return inFlightBytes == 0;
    }

    boolean hasRoom() {
        return !paused && !isFull();
    }

    /** Whether as much is in flight as may be, whatever the pace. */
    boolean isFull() {
        return inFlightBytes >= congestion.inFlightLimitBytes();
    }

    /** For what all others wait for: no more beyond the limit than is delivered before anything could be done about it. */
    boolean hasRoomForUrgent() {
        return inFlightBytes < congestion.inFlightLimitBytes() + URGENT_BYTES;
    }

    /** Time has passed. Of bulk it is spread what leaves: less would only come later for that. */
    void onTurn(boolean bulk, long nowNanos) {
        spread = bulk;
        if (paused && nowNanos > congestion.sendsAtNanos()) {
            congestion.onLateTurn(nowNanos - congestion.sendsAtNanos());
        }
        pause(nowNanos);
        noteSilence(oldest(), nowNanos);
    }

    /** How long the acknowledgement of the oldest copy is missed, and has been the next to come. */
    private void noteSilence(Transmission oldest, long nowNanos) {
        if (congestion.countsSilence()) {
            long missedSinceNanos = oldest == null || !rtt.isKnown()
                    ? nowNanos
                    : Math.max(deliveredAtNanos, oldest.sentAtNanos + rtt.minNanos());
            congestion.onSilence(Math.max(0, nowNanos - missedSinceNanos));
        }
    }

    private void pause(long nowNanos) {
        paused = spread && nowNanos < congestion.sendsAtNanos();
    }

    /** When there is room that there is not now, if nothing but time makes it; {@link Deadline#NONE} if not. */
    long resumesAtNanos() {
        return paused ? congestion.sendsAtNanos() : Deadline.NONE;
    }

    /** Whether what is on the way, or time, makes room. */
    boolean makesRoom() {
        return paused || !isEmpty();
    }

    /** Whether there may be room before anything is acknowledged: the transport says what has left or arrived, or silence does. */
    boolean mayGetRoom() {
        return insight != Insight.NONE || (congestion.countsSilence() && !isEmpty());
    }

    long transportWindowBytes() {
        return transportWindowBytes;
    }

    boolean hasSeenLimit() {
        return congestion.hasSeenLimit();
    }

    long limitBytes() {
        return congestion.inFlightLimitBytes();
    }

    long deliveredBytes() {
        return deliveredBytes;
    }

    long sentBytes() {
        return sentBytes;
    }

    /** How many copies this subflow was given. */
    long sentFrames() {
        return nextSequence;
    }

    /** The peer has told, on whatever subflow, that this copy has arrived. */
    void onTold(Transmission copy, long nowNanos) {
        passage.onTold(copy, nowNanos);
        patience.onTold(copy, rtt, nowNanos);
    }

    /** When the peer should have told of that copy, on whatever subflow; {@link Deadline#NONE} if nothing is known. */
    long toldByNanos(Transmission copy) {
        return passage.dueAtNanos(copy, rate.bytesPerSecond(), rtt.minNanos());
    }

    /** The payload size for a frame of bulk data. */
    int bulkFrameBytes(int maxFrameBytes) {
        double bytesPerSecond = rate.bytesPerSecond();
        if (bytesPerSecond == 0) {
            return Math.min(FIRST_FRAME_BYTES, maxFrameBytes);
        }
        long share =
                Math.min(congestion.inFlightLimitBytes() / FRAMES_IN_FLIGHT, (long) (FRAME_SECONDS * bytesPerSecond));
        return (int) Math.min(Math.max(share, MIN_BULK_FRAME_BYTES), maxFrameBytes);
    }

    void onSent(SentFrame frame, Carrier carrier, long expectedAtNanos, long overdueAtNanos, long nowNanos) {
        if (inFlightBytes == 0) {
            // Idle until now: that time says nothing of the rate.
            deliveredAtNanos = nowNanos;
            deliveredSentAtNanos = nowNanos;
        }
        Transmission copy = frame.addTransmission();
        copy.begin(carrier, nextSequence++, nowNanos);
        copy.deliveredBytesBefore = deliveredBytes;
        copy.deliveredAtNanosBefore = deliveredAtNanos;
        copy.deliveredSentAtNanosBefore = deliveredSentAtNanos;
        copy.limitedByOthers = deliveredBytes <= limitedUpToBytes;
        copy.expectedAtNanos = expectedAtNanos;
        copy.overdueAtNanos = overdueAtNanos;
        copy.patienceNanos = insight == Insight.HELD ? 0 : patience.nanos(nowNanos);
        copy.heldUntilNanos = nowNanos;
        frame.unlinkResolved();
        outstanding.add(copy);
        inFlightBytes += frame.payloadBytes;
        sentBytes += frame.payloadBytes;
        copy.endsAtBytes = sentBytes;
        congestion.onSent(frame.payloadBytes, inFlightBytes, nowNanos);
        pause(nowNanos);
    }

    void onResolved(int payloadBytes) {
        inFlightBytes -= payloadBytes;
        congestion.onResolved(inFlightBytes);
    }

    /** More could be in flight, and nothing more came. */
    void onUnused() {
        limitedUpToBytes = deliveredBytes + inFlightBytes;
    }

    /** A copy has arrived. */
    void onDelivered(Transmission copy, long nowNanos) {
        noteSilence(copy, nowNanos);
        copy.resolve();
        deliveredBytes += copy.frame.payloadBytes;
        deliveredAtNanos = nowNanos;
        deliveredSentAtNanos = copy.sentAtNanos;
        congestion.onDelivered(copy.frame.payloadBytes, inFlightBytes, nowNanos);
    }

    /** Nothing disturbed that copy on its way: it tells what the path is like. */
    void sample(Transmission copy, long nowNanos) {
        if (!rtt.isKnown()) {
            return;
        }
        if (copy.deliveredBytesBefore >= roundTripEndsAtBytes) {
            roundTrips++;
            roundTripEndsAtBytes = deliveredBytes;
        }
        // What leaves, or arrives, faster than the path moves shows in only one of the two.
        long sendingNanos = copy.sentAtNanos - copy.deliveredSentAtNanosBefore;
        long arrivingNanos = nowNanos - copy.deliveredAtNanosBefore;
        // Behind others on its own path it has waited: the path was busy, whatever else could have been given to it.
        newestRttNanos = nowNanos - copy.sentAtNanos;
        newestWaited = newestRttNanos > WAITED_GAIN * rtt.minNanos() + WAITED_NANOS;
        newestLimited = copy.limitedByOthers && !(newestWaited && wasBusy(copy));
        rate.onSample(
                deliveredBytes - copy.deliveredBytesBefore,
                Math.max(sendingNanos, arrivingNanos),
                newestLimited,
                rtt.minNanos(),
                nowNanos);
        congestion.onEstimate(this, nowNanos);
    }

    /** Whether what came with that copy is as much as the path holds, or more than any would take at once: else it has waited for something else. */
    private boolean wasBusy(Transmission copy) {
        double heldBytes = rate.bytesPerSecond() * rtt.minNanos() / NANOS_PER_SECOND;
        return deliveredBytes - copy.deliveredBytesBefore >= Math.min(FIRST_WINDOW_BYTES, heldBytes);
    }

    void onStall(long nowNanos) {
        congestion.onStall(nowNanos);
    }

    /** From now on it is limited together with others. */
    void couple(Coupling coupling) {
        congestion = coupling.join(congestion);
    }

    void onClosed() {
        congestion.onClosed();
    }

    /** Returns whether the transport should forget what it knows of the path. */
    boolean onTransport(TransportStats stats, long nowNanos) {
        insight = Insight.of(stats);
        transportWindowBytes = Math.max(0, stats.congestionWindowBytes());
        congestion.onTransport(stats, inFlightBytes, nowNanos);
        markHeld(stats, nowNanos);
        if (hasAllButClosed(stats)) {
            markUnsentOverdue(unsentBytes(stats), nowNanos);
        }
        boolean anew = isCrawlOver(stats, nowNanos);
        if (anew) {
            // Else the pace that the crawl has left would be what holds back.
            congestion.onRestart();
        }
        return anew;
    }

    private boolean isCrawlOver(TransportStats stats, long nowNanos) {
        Transmission oldest = oldest();
        long oldestSentAtNanos = oldest == null ? Deadline.NONE : oldest.sentAtNanos;
        if (crawl == null && Crawl.holdsBack(stats, oldestSentAtNanos, nowNanos)) {
            crawl = new Crawl();
        }
        return crawl != null && crawl.isOver(stats, oldestSentAtNanos, nowNanos);
    }

    /**
     * A packet is missing at the peer's host: it has what came behind it, and keeps that back until the packet has been sent again, half
     * a round trip from now at the earliest. The oldest of that size wait for it, and what is missing before them.
     */
    private void markHeld(TransportStats stats, long nowNanos) {
        if (stats.heldBytes() <= 0 || stats.smoothedRttNanos() == TransportStats.UNKNOWN) {
            return;
        }
        heldUntilNanos = nowNanos + stats.smoothedRttNanos() / 2;
        long heldBytes = stats.heldBytes();
        for (int i = 0; i < outstanding.size() && heldBytes >= 0; i++) {
            Transmission copy = outstanding.get(i);
            if (!copy.isResolved()) {
                heldBytes -= copy.frame.payloadBytes;
                if (copy.heldUntilNanos == copy.sentAtNanos) {
                    // No sign that the path is in trouble: it has delivered what came behind, and repairs what is
                    // missing.
                    copy.overdueAtNanos = Math.max(
                            copy.overdueAtNanos, nowNanos + stats.smoothedRttNanos() + 4 * rtt.varianceNanos());
                }
                // If that has passed, it was lost again.
                copy.heldUntilNanos = copy.heldUntilNanos > nowNanos ? copy.heldUntilNanos : heldUntilNanos;
            }
        }
    }

    /** Whether the peer's host keeps something back that has come, since something before it is missing. */
    boolean isHeld(long nowNanos) {
        return heldUntilNanos > nowNanos;
    }

    /** Whether the transport's window is a small part of what the path holds: it pauses, or has given up on what it has sent. */
    private boolean hasAllButClosed(TransportStats stats) {
        double pathBytes = rate.bytesPerSecond() * rtt.minNanos() / NANOS_PER_SECOND;
        return stats.congestionWindowBytes() != TransportStats.UNKNOWN
                && congestion.hasSeenLimit()
                && stats.congestionWindowBytes() < CLOSED_SHARE * pathBytes;
    }

    /** Of what is in flight; or {@link TransportStats#UNKNOWN}. */
    private long unsentBytes(TransportStats stats) {
        return stats.unsentBytes() != TransportStats.UNKNOWN || stats.unacknowledgedBytes() == TransportStats.UNKNOWN
                ? stats.unsentBytes()
                : Math.max(0, inFlightBytes - stats.unacknowledgedBytes());
    }

    /** The newest of that size have not left yet, and will not for several round trips. */
    private void markUnsentOverdue(long unsentBytes, long nowNanos) {
        long leftBytes = unsentBytes;
        for (int i = outstanding.size() - 1; i >= 0 && leftBytes > 0; i--) {
            Transmission copy = outstanding.get(i);
            if (!copy.isResolved()) {
                leftBytes -= copy.frame.payloadBytes;
                copy.overdueAtNanos = Math.min(copy.overdueAtNanos, nowNanos);
            }
        }
    }

    /** Nothing is on the way, and a ping took so long. Where the path is another one by now, its rate is not known either. */
    void onIdleRtt(long rttNanos, long nowNanos) {
        if (rtt.onIdleSample(rttNanos, nowNanos)) {
            rate.forget();
            congestion.onRestart();
        }
    }

    void onOutage(long nowNanos) {
        congestion.onOutage(nowNanos);
    }

    /** The oldest copy on the way, or null. */
    Transmission oldest() {
        Transmission head;
        while ((head = outstanding.peek()) != null && head.isResolved()) {
            poll();
        }
        return head;
    }

    Iterable<Transmission> all() {
        return outstanding;
    }

    /** The oldest copy whose acknowledgement has not come on this subflow, resolved or not, if the peer got it. */
    Transmission pollReceivedByPeer(long framesReceivedByPeer) {
        Transmission head = outstanding.peek();
        return head != null && head.sequence < framesReceivedByPeer ? poll() : null;
    }

    private Transmission poll() {
        Transmission head = outstanding.poll();
        head.frame.onUnlisted();
        return head;
    }

    @Override
    public double deliveryRateBytesPerSecond() {
        return rate.bytesPerSecond();
    }

    @Override
    public long minRttNanos() {
        return rtt.minNanos();
    }

    @Override
    public long inFlightBytes() {
        return inFlightBytes;
    }

    @Override
    public long roundTrips() {
        return roundTrips;
    }

    @Override
    public long newestRttNanos() {
        return newestRttNanos;
    }

    @Override
    public boolean hasQueue() {
        return newestWaited;
    }

    @Override
    public boolean isLimitedByOthers() {
        return newestLimited;
    }
}
