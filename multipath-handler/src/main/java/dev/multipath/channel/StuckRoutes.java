package dev.multipath.channel;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The routes of a session on which data got stuck: the next subflow on one of them has to prove that it delivers before it is
 * relied on, and so has one that comes back itself when that happens again and again. A route is
 * what its {@link SessionSide#route} says. Runs on the session's event loop.
 *
 * <p>An MTU black hole lets handshakes and pings pass and swallows data; a path that flaps takes data with it each
 * time. Copies cost bytes for a moment; to trust such a route at each return costs a stall each time. How much there is to
 * prove: {@link RouteTrust}. Not in the base profile: a Go peer must not get needless copies, and there the back-off of
 * redials alone makes the stalls rare.
 */
final class StuckRoutes {

    /** More than a session has paths; of a server's clients, which may come from anywhere, the oldest are forgotten. */
    private static final int MAX_ROUTES = 32;

    private static final class Route {
        final RouteTrust trust = new RouteTrust();

        /** The subflow that is on trial on it, or was last; null if there was none yet. */
        SubflowLink last;

        boolean isPassed() {
            return last != null && last.subflow().isTrusted();
        }
    }

    /** Made when the first is stuck. */
    private Map<Object, Route> routes = Collections.emptyMap();

    /** A new subflow. Returns how much it has to deliver in copies first; nothing if it is trusted. */
    long onNew(SubflowLink link, Object name, long nowNanos) {
        Route route = routes.get(name);
        if (route == null) {
            return 0;
        }
        if (route.trust.isForgiven(route.isPassed(), nowNanos)) {
            routes.remove(name);
            return 0;
        }
        long trialBytes = route.trust.trialBytes(route.isPassed());
        route.last = link;
        return trialBytes;
    }

    /**
     * A subflow has gone stale: with data on the way it is no use to try the same again. Returns how much it has to deliver in
     * copies first if it comes back itself; nothing if it is as trusted as before.
     */
    long onStale(SubflowLink link, Object name, long nowNanos) {
        if (link.subflow().inFlightBytes() == 0) {
            return 0;
        }
        if (routes.isEmpty()) {
            routes = new LinkedHashMap<>();
        }
        Route route = routes.computeIfAbsent(name, any -> new Route());
        if (routes.size() > MAX_ROUTES) {
            routes.remove(routes.keySet().iterator().next());
        }
        route.last = null;
        return route.trust.onFailed(link.subflow().isTrusted(), nowNanos);
    }

    /** What was stuck has arrived after all. */
    void onRecovered(SubflowLink link, Object name) {
        Route route = routes.get(name);
        if (route != null && route.last == null) {
            route.last = link;
        }
    }
}
