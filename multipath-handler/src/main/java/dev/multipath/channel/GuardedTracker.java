package dev.multipath.channel;

import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.path.Path;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.function.Function;
import java.util.function.Supplier;

/** An application's tracker, whose failures are its own: the first is logged, and ends the telling. Tells the flight recorder too. */
final class GuardedTracker implements StatsTracker {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(GuardedTracker.class);

    private final Path path;
    private final Supplier<SessionRecording> recording;
    private StatsTracker tracker = NONE;

    GuardedTracker(Path path, Function<Path, StatsTracker> trackers, Supplier<SessionRecording> recording) {
        this.path = path;
        this.recording = recording;
        try {
            tracker = trackers.apply(path);
        } catch (RuntimeException e) {
            onFailed(e);
        }
    }

    private void onFailed(RuntimeException cause) {
        LOGGER.warn("the tracker of path {} is told nothing more, since it failed", path.label(), cause);
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
        recording.get().onRepeated(path, payloadBytes, cause);
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
