package dev.multipath.metrics;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;

/**
 * The counters of one path of one session, over all subflows that it has had. Written by the session's event loop only
 * (so plain additions with ordered stores are enough), read from any thread; passes everything on to the user's
 * {@link StatsTracker}.
 */
public final class PathMetrics implements StatsTracker {

    private enum Counter {
        SUCCESSES,
        CONSECUTIVE_SUCCESSES,
        FAILURES,
        FRAMES_SENT,
        BYTES_SENT,
        FRAMES_RECEIVED,
        BYTES_RECEIVED,
        FRAMES_RETRANSMITTED,
        BYTES_RETRANSMITTED,
        RTT_NANOS,
        MIN_RTT_NANOS,
        RTT_VARIANCE_NANOS,
        DELIVERY_RATE,
        IN_FLIGHT_BYTES,
        IN_FLIGHT_LIMIT_BYTES,
        LOST_PACKETS
    }

    private static final List<Counter> UNKNOWN_AT_FIRST = List.of(
            Counter.RTT_NANOS,
            Counter.MIN_RTT_NANOS,
            Counter.RTT_VARIANCE_NANOS,
            Counter.DELIVERY_RATE,
            Counter.IN_FLIGHT_LIMIT_BYTES,
            Counter.LOST_PACKETS);

    private static final RepetitionCause[] CAUSES = RepetitionCause.values();
    private static final long UNKNOWN = -1;

    private final String label;
    private final Supplier<StatsTracker> trackers;
    private StatsTracker tracker;
    private final AtomicLongArray counters = new AtomicLongArray(Counter.values().length);

    /** Frames and bytes by turns, by cause; null while nothing was sent again. */
    private volatile AtomicLongArray repeated;

    private volatile PathFailure lastFailure;

    /** Of the newest subflow. */
    private volatile TransportStats transport = TransportStats.NONE;

    /** Null before the first: the path is down then. */
    private volatile PathStateChange lastChange;

    /**
     * Creates the counters of a path.
     *
     * @param label the path's name in reports
     * @param trackers makes, when there is something to tell, the tracker that is told everything that is counted here
     */
    public PathMetrics(String label, Supplier<StatsTracker> trackers) {
        this.label = label;
        this.trackers = trackers;
        UNKNOWN_AT_FIRST.forEach(counter -> set(counter, UNKNOWN));
    }

    @Override
    public void onReceived(int payloadBytes) {
        add(Counter.FRAMES_RECEIVED, 1);
        add(Counter.BYTES_RECEIVED, payloadBytes);
        tracker().onReceived(payloadBytes);
    }

    @Override
    public void onSent(int payloadBytes) {
        add(Counter.FRAMES_SENT, 1);
        add(Counter.BYTES_SENT, payloadBytes);
        tracker().onSent(payloadBytes);
    }

    @Override
    public void onRetransmitted(int payloadBytes, RepetitionCause cause) {
        add(Counter.FRAMES_RETRANSMITTED, 1);
        add(Counter.BYTES_RETRANSMITTED, payloadBytes);
        AtomicLongArray counts = repeated;
        if (counts == null) {
            counts = new AtomicLongArray(2 * CAUSES.length);
            repeated = counts;
        }
        add(counts, 2 * cause.ordinal(), 1);
        add(counts, 2 * cause.ordinal() + 1, payloadBytes);
        tracker().onRetransmitted(payloadBytes, cause);
    }

    @Override
    public void onRttUpdated(long smoothedRttNanos) {
        set(Counter.RTT_NANOS, smoothedRttNanos);
        tracker().onRttUpdated(smoothedRttNanos);
    }

    /** A subflow was established on this path. */
    public void onDialSucceeded() {
        add(Counter.SUCCESSES, 1);
        add(Counter.CONSECUTIVE_SUCCESSES, 1);
    }

    /**
     * An attempt to establish a subflow on this path failed.
     *
     * @param cause why
     */
    public void onDialFailed(Throwable cause) {
        onFailure(cause);
        add(Counter.FAILURES, 1);
        set(Counter.CONSECUTIVE_SUCCESSES, 0);
    }

    /**
     * Something went wrong on this path: its subflow was lost, for one.
     *
     * @param cause why
     */
    public void onFailure(Throwable cause) {
        lastFailure = new PathFailure(cause, Instant.now());
    }

    /** {@return what went wrong last; {@code null} if nothing did} For any thread. */
    public PathFailure lastFailure() {
        return lastFailure;
    }

    /**
     * What the path's subflow is like now. Allocates nothing, as it is told at each turn of the session.
     *
     * @param minRttNanos the lowest round trip of late; {@link Long#MAX_VALUE} before the first sample
     * @param rttVarianceNanos RTTVAR of RFC 6298; without meaning before the first sample
     * @param bytesPerSecond delivered; 0 if unknown
     * @param inFlightBytes sent and not acknowledged
     * @param inFlightLimitBytes the most of these that there may be
     */
    public void onMeasured(
            long minRttNanos,
            long rttVarianceNanos,
            double bytesPerSecond,
            long inFlightBytes,
            long inFlightLimitBytes) {
        if (minRttNanos != Long.MAX_VALUE) {
            set(Counter.MIN_RTT_NANOS, minRttNanos);
            set(Counter.RTT_VARIANCE_NANOS, rttVarianceNanos);
        }
        if (bytesPerSecond > 0) {
            set(Counter.DELIVERY_RATE, (long) bytesPerSecond);
        }
        set(Counter.IN_FLIGHT_BYTES, inFlightBytes);
        set(Counter.IN_FLIGHT_LIMIT_BYTES, inFlightLimitBytes);
    }

    /**
     * What the transport below one of the path's subflows knows of it now.
     *
     * @param before what was told of the same subflow last; {@link TransportStats#NONE} at first
     * @param stats not null
     */
    public void onTransport(TransportStats before, TransportStats stats) {
        transport = stats;
        if (stats.lostPackets() != TransportStats.UNKNOWN) {
            long newlyLost = stats.lostPackets() - Math.max(0, before.lostPackets());
            set(Counter.LOST_PACKETS, Math.max(0, get(Counter.LOST_PACKETS)) + Math.max(0, newlyLost));
        }
    }

    /**
     * Something has happened to a subflow of the path; without effect if the path's state is what it was.
     *
     * @param state the path's from now on
     * @param reason what has happened
     * @param cause the exception behind it; {@code null} if there is none
     */
    public void onStateChanged(PathState state, PathStateChange.Reason reason, Throwable cause) {
        if (state == state()) {
            return;
        }
        lastChange = new PathStateChange(state, reason, cause, Instant.now());
        if (state == PathState.DOWN) {
            transport = TransportStats.NONE;
            set(Counter.IN_FLIGHT_BYTES, 0);
            set(Counter.IN_FLIGHT_LIMIT_BYTES, UNKNOWN);
        }
    }

    private PathState state() {
        PathStateChange last = lastChange;
        return last == null ? PathState.DOWN : last.state();
    }

    /** {@return the present values} For any thread; values of different counters may be a few frames apart. */
    public PathStats snapshot() {
        PathStateChange last = lastChange;
        return new PathStats(
                label,
                last == null ? PathState.DOWN : last.state(),
                get(Counter.SUCCESSES),
                get(Counter.CONSECUTIVE_SUCCESSES),
                get(Counter.FAILURES),
                duration(Counter.RTT_NANOS),
                get(Counter.FRAMES_SENT),
                get(Counter.BYTES_SENT),
                get(Counter.FRAMES_RECEIVED),
                get(Counter.BYTES_RECEIVED),
                get(Counter.FRAMES_RETRANSMITTED),
                get(Counter.BYTES_RETRANSMITTED),
                get(Counter.LOST_PACKETS),
                repeated(),
                new PathMeasurements(
                        duration(Counter.MIN_RTT_NANOS),
                        duration(Counter.RTT_VARIANCE_NANOS),
                        get(Counter.DELIVERY_RATE),
                        get(Counter.IN_FLIGHT_BYTES),
                        get(Counter.IN_FLIGHT_LIMIT_BYTES)),
                transport,
                lastFailure,
                last);
    }

    private Map<RepetitionCause, FrameCount> repeated() {
        Map<RepetitionCause, FrameCount> counts = new EnumMap<>(RepetitionCause.class);
        AtomicLongArray known = repeated;
        for (RepetitionCause cause : CAUSES) {
            int index = 2 * cause.ordinal();
            counts.put(
                    cause,
                    known == null ? new FrameCount(0, 0) : new FrameCount(known.get(index), known.get(index + 1)));
        }
        return Collections.unmodifiableMap(counts);
    }

    private Duration duration(Counter counter) {
        long nanos = get(counter);
        return nanos == UNKNOWN ? null : Duration.ofNanos(nanos);
    }

    private StatsTracker tracker() {
        if (tracker == null) {
            tracker = trackers.get();
        }
        return tracker;
    }

    private long get(Counter counter) {
        return counters.get(counter.ordinal());
    }

    private void set(Counter counter, long value) {
        counters.lazySet(counter.ordinal(), value);
    }

    private void add(Counter counter, long amount) {
        add(counters, counter.ordinal(), amount);
    }

    private static void add(AtomicLongArray counts, int index, long amount) {
        counts.lazySet(index, counts.getPlain(index) + amount);
    }
}
