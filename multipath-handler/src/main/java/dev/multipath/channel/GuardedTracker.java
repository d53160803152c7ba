package dev.multipath.channel;

import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.path.Path;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.function.Function;

/** An application's tracker, whose failures are its own: the first is logged, and ends the telling. */
final class GuardedTracker implements StatsTracker {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(GuardedTracker.class);

    private final String label;
    private StatsTracker tracker = NONE;

    GuardedTracker(Path path, Function<Path, StatsTracker> trackers) {
        label = path.label();
        try {
            tracker = trackers.apply(path);
        } catch (RuntimeException e) {
            onFailed(e);
        }
    }

    private void onFailed(RuntimeException cause) {
        LOGGER.warn("the tracker of path {} is told nothing more, since it failed", label, cause);
        tracker = NONE;
    }

    @Override
    public void onReceived(int payloadBytes) {
        try {
            tracker.onReceived(payloadBytes);
        } catch (RuntimeException e) {
            onFailed(e);
        }
    }

    @Override
    public void onSent(int payloadBytes) {
        try {
            tracker.onSent(payloadBytes);
        } catch (RuntimeException e) {
            onFailed(e);
        }
    }

    @Override
    public void onRetransmitted(int payloadBytes, RepetitionCause cause) {
        try {
            tracker.onRetransmitted(payloadBytes, cause);
        } catch (RuntimeException e) {
            onFailed(e);
        }
    }

    @Override
    public void onRttUpdated(long smoothedRttNanos) {
        try {
            tracker.onRttUpdated(smoothedRttNanos);
        } catch (RuntimeException e) {
            onFailed(e);
        }
    }
}
