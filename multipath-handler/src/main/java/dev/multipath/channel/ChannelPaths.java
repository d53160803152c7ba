package dev.multipath.channel;

import dev.multipath.metrics.PathMetrics;
import dev.multipath.metrics.PathState;
import dev.multipath.metrics.PathStateChange;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.SubflowState;
import dev.multipath.transport.SubflowAddresses;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a multipath channel tells of its paths: their counters and states, and the addresses that they make together.
 * Changed on the channel's event loop, read from any thread.
 */
final class ChannelPaths {

    /** Up to so many paths in all, the latest that are no more are kept for statistics: they may come and go for ever. */
    static final int MAX_REMEMBERED = 32;

    /** Of a map of two or three, as of most sessions: the usual table is for twelve. */
    private static final int USUAL_TABLE = 4;

    /** Makes the application's trackers; as the option is now. */
    private final Supplier<Function<Path, StatsTracker>> trackers;

    private final Supplier<SessionRecording> recording;

    /** Of the paths that were tried, in the order of their first time. Guarded by itself; the counters need no lock. */
    private final Map<Path, PathMetrics> metrics = new LinkedHashMap<>(USUAL_TABLE);

    /** Those of them that are no more, in the order of their end. Guarded by {@link #metrics}. */
    private Set<Path> ended = Collections.emptySet();

    private volatile List<SubflowInfo> subflows = List.of();

    /** It makes the addresses until there is a subflow; null if it is not known. */
    private volatile Path first;

    // null but for who has lost all subflows: else made for who asks, as few do, and together they take half a KiB
    private volatile MultipathAddress lastLocal;
    private volatile MultipathAddress lastRemote;

    ChannelPaths(Supplier<Function<Path, StatsTracker>> trackers, Supplier<SessionRecording> recording) {
        this.trackers = trackers;
        this.recording = recording;
    }

    /** The path of a session whose first subflow has not become a member yet. */
    void expect(Path newFirst) {
        first = newFirst;
    }

    /** Null if it is not known. */
    MultipathAddress localAddress() {
        List<Path> locals = subflows.stream()
                .map(SubflowInfo::local)
                .filter(Objects::nonNull)
                .map(Path::of)
                .toList();
        if (!locals.isEmpty()) {
            return MultipathAddress.of(locals);
        }
        MultipathAddress last = lastLocal;
        return last != null || first == null ? last : MultipathAddress.of(first.local());
    }

    /** Null if it is not known. */
    MultipathAddress remoteAddress() {
        // By name, as a path may have several subflows.
        Map<String, Path> remotes = new LinkedHashMap<>();
        subflows.forEach(
                info -> remotes.putIfAbsent(info.path().label(), info.path().withLocal(info.local())));
        if (!remotes.isEmpty()) {
            return MultipathAddress.of(List.copyOf(remotes.values()));
        }
        MultipathAddress last = lastRemote;
        return last != null || first == null ? last : MultipathAddress.of(first);
    }

    List<SubflowInfo> subflows() {
        return subflows;
    }

    /** The addresses over which the peer is reached, or was last; those of the first path, before it is. */
    List<SocketAddress> reached() {
        List<SubflowInfo> now = subflows;
        if (!now.isEmpty()) {
            return now.stream().map(SubflowInfo::remote).toList();
        }
        MultipathAddress last = remoteAddress();
        return last == null
                ? List.of()
                : last.paths().stream().map(Path::remote).toList();
    }

    /** The counters of all, as they are now. */
    List<PathStats> stats() {
        synchronized (metrics) {
            return metrics.values().stream().map(PathMetrics::snapshot).toList();
        }
    }

    /** Those that are dialled, or have a subflow. */
    List<Path> present() {
        synchronized (metrics) {
            return metrics.keySet().stream()
                    .filter(path -> !ended.contains(path))
                    .toList();
        }
    }

    /** The counters of a path, which stand in the statistics from now on. */
    PathMetrics metrics(Path path) {
        synchronized (metrics) {
            ended.remove(path.whole());
            return metrics.computeIfAbsent(path.whole(), this::newMetrics);
        }
    }

    /** The counters for a subflow that does not belong to the session yet: {@link #onAdded}. */
    PathMetrics metricsOfJoining(Path path) {
        synchronized (metrics) {
            PathMetrics known = metrics.get(path.whole());
            return known != null ? known : newMetrics(path);
        }
    }

    private PathMetrics newMetrics(Path path) {
        Function<Path, StatsTracker> chosen = trackers.get();
        return new PathMetrics(path.label(), () -> new GuardedTracker(path, chosen, recording));
    }

    /** The subflow belongs to the session now. */
    void onAdded(SubflowLink link) {
        synchronized (metrics) {
            ended.remove(link.path());
            metrics.putIfAbsent(link.path(), link.metrics());
        }
        link.metrics().onDialSucceeded();
    }

    /**
     * Something has happened to a subflow of this path; these are all that there are now.
     *
     * @param reason why the path's state may be another
     */
    void update(SubflowLink changed, PathStateChange.Reason reason, Throwable cause, List<SubflowLink> links) {
        changed.metrics().onStateChanged(state(changed.path(), links), reason, cause);
        updateSubflows(links);
    }

    private static PathState state(Path path, List<SubflowLink> links) {
        PathState state = PathState.DOWN;
        for (SubflowLink link : links) {
            if (link.isMember() && link.path().equals(path)) {
                if (link.subflow().state() != SubflowState.STALE) {
                    return PathState.ACTIVE;
                }
                state = PathState.STALE;
            }
        }
        return state;
    }

    private void updateSubflows(List<SubflowLink> links) {
        List<SubflowInfo> infos = new ArrayList<>();
        for (SubflowLink link : links) {
            if (!link.isMember()) {
                continue;
            }
            SubflowAddresses ends = link.connection().addresses();
            SubflowState state = link.subflow().state();
            infos.add(new SubflowInfo(
                    link.path(),
                    state == SubflowState.STALE ? PathState.STALE : PathState.ACTIVE,
                    link.subflow().isBackup(),
                    ends.local(),
                    ends.remote(),
                    link.connection().channel()));
        }
        if (infos.isEmpty() && !subflows.isEmpty()) {
            lastLocal = localAddress();
            lastRemote = remoteAddress();
        }
        subflows = List.copyOf(infos);
    }

    /** Nobody needs the path any more; of those, only the latest are remembered. */
    void onEnded(Path path) {
        synchronized (metrics) {
            if (!metrics.containsKey(path)) {
                return;
            }
            if (ended.isEmpty()) {
                ended = new LinkedHashSet<>();
            }
            ended.remove(path);
            ended.add(path);
            while (metrics.size() > MAX_REMEMBERED && !ended.isEmpty()) {
                Path oldest = ended.iterator().next();
                ended.remove(oldest);
                metrics.remove(oldest);
            }
        }
    }
}
