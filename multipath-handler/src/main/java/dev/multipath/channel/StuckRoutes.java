package dev.multipath.channel;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The routes of a session on which data got stuck, though the handshake had passed: the next subflow on one of them has to
 * prove that it delivers before it is relied on. A route is what its {@link SessionSide#route} says.
 * Runs on the session's event loop.
 *
 * <p>An MTU black hole lets handshakes and pings pass and swallows data. Copies cost bytes for a moment; to trust
 * such a route at each redial costs a stall each time. Not in the base profile: a Go peer must not get needless
 * copies, and there the back-off of redials alone makes the stalls rare.
 */
final class StuckRoutes {

    /** More than a session has paths; of a server's clients, which may come from anywhere, the oldest are forgotten. */
    private static final int MAX_ROUTES = 32;

    /** Each with the subflow that is on trial on it, or was last; null if there was none yet. */
    private final Map<Object, SubflowLink> routes = new LinkedHashMap<>();

    /** A new subflow. Returns whether it is to be on trial. */
    boolean isOnTrial(SubflowLink link, Object route) {
        if (!routes.containsKey(route)) {
            return false;
        }
        SubflowLink last = routes.get(route);
        if (last != null && last.subflow().isTrusted()) {
            routes.remove(route);
            return false;
        }
        routes.put(route, link);
        return true;
    }

    /** A subflow has gone stale: with data on the way it is no use to try the same again. */
    void onStale(SubflowLink link, Object route) {
        if (link.subflow().inFlightBytes() > 0) {
            routes.put(route, null);
            if (routes.size() > MAX_ROUTES) {
                routes.remove(routes.keySet().iterator().next());
            }
        }
    }

    /** What was stuck has arrived after all. */
    void onRecovered(SubflowLink link, Object route) {
        if (link.subflow().isTrusted()) {
            routes.remove(route);
        }
    }
}
