package dev.multipath.micrometer;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathSessionEvent;
import dev.multipath.channel.SessionSnapshot;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.channel.SubflowInfo;
import dev.multipath.metrics.PathState;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.path.Path;
import dev.multipath.session.MultipathException;
import dev.multipath.session.SessionRole;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * One session: what of its counters is in the meters already, and, first in its pipeline, the times between its events. Data
 * pass it by.
 */
final class WatchedSession extends ChannelInboundHandlerAdapter {

    /** Of a path that no subflow was ever seen on. */
    private static final String UNKNOWN = "unknown";

    /** A session remembers 32 paths that are no more; from here on names of others are in the way. */
    private static final int MAX_REMEMBERED_NAMES = 128;

    private final MultipathChannel channel;
    private final MeterBook book;
    private final RoleTotals role;
    private final boolean isServer;

    /**
     * What the paths of an accepted session, whose labels are its clients' addresses, are called: by the address that they
     * have come to. By label.
     */
    private final Map<String, String> names = new ConcurrentHashMap<>();

    /** The counters of each path as they were last seen, by label. Guarded by the book's lock. */
    private final Map<String, long[]> seen = new HashMap<>();

    // ---- on the session's loop
    private final Map<Path, Long> staleSinceNanos = new HashMap<>();
    private Long suspendedSinceNanos;

    WatchedSession(MultipathChannel channel, MeterBook book) {
        this.channel = channel;
        this.book = book;
        SessionRole end = channel.snapshot().role();
        isServer = end == SessionRole.SERVER;
        role = book.of(end);
        role.onOpened();
        channel.subflows().forEach(subflow -> name(subflow.path()));
    }

    private void name(Path path) {
        if (isServer) {
            names.put(path.label(), describe(path.local()));
        }
    }

    /** As the command line and people write it. */
    private static String describe(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            String host = inet.getHostString();
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
        }
        return String.valueOf(address);
    }

    private PathTotals totals(String label) {
        return book.of(isServer ? names.getOrDefault(label, UNKNOWN) : label);
    }

    // ---- looks; under the book's lock

    /**
     * Adds what has been counted since the last look, and what there is now.
     *
     * @param samples gets what is to be told to each registry, when the lock is free
     */
    void look(List<Consumer<MeterRegistry>> samples) {
        SessionSnapshot snapshot = channel.snapshot();
        role.add(snapshot.stats());
        for (SubflowInfo subflow : snapshot.subflows()) {
            name(subflow.path());
            totals(subflow.path().label())
                    .addTo(subflow.state() == PathState.STALE ? PathGauge.STALE : PathGauge.ACTIVE, 1);
        }
        // On a server, a subflow that is just joining has counters before it has an event: later, then.
        List<PathStats> paths = snapshot.stats().paths().stream()
                .filter(path -> !isServer || names.containsKey(path.label()))
                .toList();
        count(paths);
        paths.stream().filter(path -> path.state() != PathState.DOWN).forEach(path -> lookAt(path, samples));
        if (names.size() > MAX_REMEMBERED_NAMES) {
            names.keySet().retainAll(seen.keySet());
        }
    }

    private void lookAt(PathStats path, List<Consumer<MeterRegistry>> samples) {
        PathTotals totals = totals(path.label());
        totals.addTo(PathGauge.IN_FLIGHT, path.measured().inFlightBytes());
        totals.addTo(PathGauge.IN_FLIGHT_LIMIT, Math.max(0, path.measured().inFlightLimitBytes()));
        if (path.rtt() != null) {
            samples.add(registry -> totals.recordRtt(registry, path.rtt()));
        }
        TransportStats below = path.transport();
        totals.addTo(PathGauge.TRANSPORT_WINDOW, Math.max(0, below.congestionWindowBytes()));
        totals.addTo(PathGauge.TRANSPORT_RATE, Math.max(0, below.deliveryBytesPerSecond()));
        totals.addTo(PathGauge.MPTCP_SUBFLOWS, below.mptcp().subflows());
        if (below.smoothedRttNanos() != TransportStats.UNKNOWN) {
            samples.add(registry -> totals.recordTransportRtt(registry, below.smoothedRttNanos()));
        }
    }

    /** The session is over. */
    void lookForTheLastTime() {
        count(channel.stats().paths());
    }

    /** Several paths may have one label, and those that are no more may be forgotten, with what they counted. */
    private void count(List<PathStats> paths) {
        Map<String, long[]> now = new HashMap<>();
        for (PathStats path : paths) {
            long[] sums = now.computeIfAbsent(path.label(), label -> new long[PathCounter.ALL.size()]);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += PathCounter.ALL.get(i).value().applyAsLong(path);
            }
        }
        now.forEach((label, sums) -> {
            long[] before = seen.get(label);
            for (int i = 0; i < sums.length; i++) {
                totals(label).add(i, before == null ? sums[i] : Math.max(0, sums[i] - before[i]));
            }
        });
        seen.clear();
        seen.putAll(now);
    }

    // ---- events

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SubflowEvent subflow) {
            onSubflow(subflow);
        } else if (event == MultipathSessionEvent.SUSPENDED) {
            suspendedSinceNanos = System.nanoTime();
        } else if (event == MultipathSessionEvent.RESUMED) {
            endSuspension();
        }
        ctx.fireUserEventTriggered(event);
    }

    private void onSubflow(SubflowEvent event) {
        name(event.path());
        switch (event.kind()) {
            case STALE -> staleSinceNanos.putIfAbsent(event.path(), System.nanoTime());
            case RECOVERED -> endStall(event.path());
            case REMOVED -> {
                endStall(event.path());
                if (event.cause() != null) {
                    totals(event.path().label()).onLost();
                }
            }
            default -> {
                // Counted elsewhere.
            }
        }
    }

    private void endStall(Path path) {
        Long sinceNanos = staleSinceNanos.remove(path);
        if (sinceNanos != null) {
            PathTotals totals = totals(path.label());
            long lastedNanos = System.nanoTime() - sinceNanos;
            book.record(registry -> totals.recordStall(registry, lastedNanos));
        }
    }

    private void endSuspension() {
        if (suspendedSinceNanos != null) {
            long lastedNanos = System.nanoTime() - suspendedSinceNanos;
            suspendedSinceNanos = null;
            book.record(registry -> role.recordSuspension(registry, lastedNanos));
        }
    }

    /** What comes here, and not from the application's handlers behind, is of the session. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof MultipathException failure) {
            book.record(registry -> role.recordFailure(registry, failure));
        }
        ctx.fireExceptionCaught(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        endSuspension();
        List.copyOf(staleSinceNanos.keySet()).forEach(this::endStall);
        ctx.fireChannelInactive();
    }
}
