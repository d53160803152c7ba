package dev.multipath.examples;

import dev.multipath.channel.SubflowEvent;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathState;
import dev.multipath.metrics.PathStats;
import java.util.HashMap;
import java.util.Map;

/**
 * What the paths of a session could do before it ended in order, which takes them all down and would make the last table say
 * nothing. On the session's event loop.
 */
final class PathStates {
    private final Map<String, PathState> byLabel = new HashMap<>();

    /** Something happened to a path. */
    void onEvent(SubflowEvent event) {
        String label = event.path().label();
        switch (event.kind()) {
            case ADDED, RECOVERED -> byLabel.put(label, PathState.ACTIVE);
            case STALE -> byLabel.put(label, PathState.STALE);
            case REMOVED -> {
                // One that is closed in order is closed with the session.
                if (event.cause() != null) {
                    byLabel.remove(label);
                }
            }
            case STATUS_CHANGED -> {
                // Which path carries what does not change what it can do.
            }
        }
    }

    /** The statistics of a session that has ended, with its paths as they were before. */
    MultipathStats beforeTheEnd(MultipathStats stats) {
        return new MultipathStats(stats.paths().stream()
                .map(path -> with(path, byLabel.getOrDefault(path.label(), path.state())))
                .toList());
    }

    private static PathStats with(PathStats path, PathState state) {
        return new PathStats(
                path.label(),
                state,
                path.successes(),
                path.consecutiveSuccesses(),
                path.failures(),
                path.rtt(),
                path.framesSent(),
                path.bytesSent(),
                path.framesReceived(),
                path.bytesReceived(),
                path.framesRetransmitted(),
                path.bytesRetransmitted(),
                path.lastFailure());
    }
}
