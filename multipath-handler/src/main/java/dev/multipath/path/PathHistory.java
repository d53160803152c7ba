package dev.multipath.path;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was last known of paths, over the sessions of a process: new sessions dial the path with the lowest round-trip
 * time first, as the Go dialer does. Bounded: the path that was not heard of for longest is forgotten. Thread-safe.
 */
public final class PathHistory {

    /** The process's own, used unless another one is set. */
    public static final PathHistory SHARED = new PathHistory();

    /** Enough for a proxy's upstreams; some 100 kB. */
    private static final int MAX_PATHS = 1024;

    /** What an unknown path, or one that failed last, counts as: behind all that work. Go's figure. */
    private static final long LONG_RTT_NANOS = Duration.ofMinutes(1).toNanos();

    private final Map<Path, Long> rttNanos = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, Long> eldest) {
            return size() > MAX_PATHS;
        }
    });

    /** Creates an empty one. */
    public PathHistory() {}

    /**
     * The path works.
     *
     * @param path the path
     * @param smoothedRttNanos its round-trip time (RFC 6298 section 2)
     */
    public void onRtt(Path path, long smoothedRttNanos) {
        rttNanos.put(path, smoothedRttNanos);
    }

    /**
     * The path could not be dialled.
     *
     * @param path the path
     */
    public void onFailed(Path path) {
        rttNanos.put(path, LONG_RTT_NANOS);
    }

    /**
     * Puts paths in the order in which they are to be tried.
     *
     * @param paths is not changed
     * @return the lowest round-trip time first; those of which nothing is known, or that failed last, keep their order, behind
     */
    public List<Path> order(List<Path> paths) {
        Map<Path, Long> known = new LinkedHashMap<>();
        for (Path path : paths) {
            Long rtt = rttNanos.get(path);
            known.put(path, rtt == null ? LONG_RTT_NANOS : rtt);
        }
        List<Path> ordered = new ArrayList<>(paths);
        ordered.sort(Comparator.comparing(known::get));
        return ordered;
    }
}
