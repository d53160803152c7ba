package dev.multipath.metrics;

import java.time.Duration;
import java.time.Instant;
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
        RTT_NANOS
    }

    private static final long UNKNOWN = -1;

    private final String label;
    private final Supplier<StatsTracker> trackers;
    private StatsTracker tracker;
    private final AtomicLongArray counters = new AtomicLongArray(Counter.values().length);
    private volatile PathFailure lastFailure;
    private volatile PathState state = PathState.DOWN;

    /**
     * Creates the counters of a path.
     *
     * @param label the path's name in reports
     * @param trackers makes, when there is something to tell, the tracker that is told everything that is counted here
     */
    public PathMetrics(String label, Supplier<StatsTracker> trackers) {
        this.label = label;
        this.trackers = trackers;
        counters.set(Counter.RTT_NANOS.ordinal(), UNKNOWN);
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
    public void onRetransmitted(int payloadBytes) {
        add(Counter.FRAMES_RETRANSMITTED, 1);
        add(Counter.BYTES_RETRANSMITTED, payloadBytes);
        tracker().onRetransmitted(payloadBytes);
    }

    @Override
    public void onRttUpdated(long smoothedRttNanos) {
        counters.lazySet(Counter.RTT_NANOS.ordinal(), smoothedRttNanos);
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
        counters.lazySet(Counter.CONSECUTIVE_SUCCESSES.ordinal(), 0);
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
     * The path's subflow has changed state.
     *
     * @param newState the state from now on
     */
    public void onStateChanged(PathState newState) {
        state = newState;
    }

    /** {@return the present values} For any thread; values of different counters may be a few frames apart. */
    public PathStats snapshot() {
        long rttNanos = get(Counter.RTT_NANOS);
        return new PathStats(
                label,
                state,
                get(Counter.SUCCESSES),
                get(Counter.CONSECUTIVE_SUCCESSES),
                get(Counter.FAILURES),
                rttNanos == UNKNOWN ? null : Duration.ofNanos(rttNanos),
                get(Counter.FRAMES_SENT),
                get(Counter.BYTES_SENT),
                get(Counter.FRAMES_RECEIVED),
                get(Counter.BYTES_RECEIVED),
                get(Counter.FRAMES_RETRANSMITTED),
                get(Counter.BYTES_RETRANSMITTED),
                lastFailure);
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

    private void add(Counter counter, long amount) {
        int index = counter.ordinal();
        counters.lazySet(index, counters.getPlain(index) + amount);
    }
}
