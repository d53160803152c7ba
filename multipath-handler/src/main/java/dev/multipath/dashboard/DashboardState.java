package dev.multipath.dashboard;

import dev.multipath.channel.MemoryBudget;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.SessionSnapshot;
import dev.multipath.channel.SubflowInfo;
import dev.multipath.codec.PeerText;
import dev.multipath.metrics.FrameCount;
import dev.multipath.metrics.PathMeasurements;
import dev.multipath.metrics.PathStateChange;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.TransportStats;
import dev.multipath.path.Path;
import dev.multipath.scheduler.Schedulers;
import dev.multipath.session.SessionRole;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What all viewers see at the moment: one look for all of them. Thread-safe. */
final class DashboardState {

    /** A second's worth of JSON stays below a megabyte, and a page below what a browser can draw in that time. */
    static final int MAX_SESSIONS = 500;

    /** Viewers ask once a second each, at different times. */
    private static final long MAX_AGE_NANOS = 300_000_000;

    private final Supplier<? extends Collection<SessionSnapshot>> sessions;
    private final MemoryBudget budget;

    private String json;
    private long madeAtNanos;

    DashboardState(Supplier<? extends Collection<SessionSnapshot>> sessions, MemoryBudget budget) {
        this.sessions = sessions;
        this.budget = budget;
    }

    /** The session that the page calls so; null if there is none any more. */
    MultipathChannel find(String id) {
        return sessions.get().stream()
                .map(SessionSnapshot::channel)
                .filter(channel -> idOf(channel).equals(id))
                .findFirst()
                .orElse(null);
    }

    /** Not the session's name on the wire, by which others may join it. */
    static String idOf(MultipathChannel channel) {
        return channel.id().asShortText();
    }

    synchronized String json() {
        long nowNanos = System.nanoTime();
        if (json == null || nowNanos - madeAtNanos > MAX_AGE_NANOS) {
            json = make();
            madeAtNanos = nowNanos;
        }
        return json;
    }

    private String make() {
        Collection<SessionSnapshot> all = sessions.get();
        Json out = new Json().beginObject();
        out.put("at", System.currentTimeMillis()).put("count", all.size());
        out.putAll("schedulers", Schedulers.words());
        out.beginObject("memory")
                .put("used", budget.usedBytes())
                .put("limit", budget.limitBytes())
                .put("pressure", budget.pressure().name())
                .put("evicted", budget.evictedSessions())
                .endObject();
        out.beginArray("sessions");
        all.stream()
                .sorted(Comparator.comparing(session -> session.channel().id()))
                .limit(MAX_SESSIONS)
                .forEach(session -> addSession(out, session));
        return out.endArray().endObject().toString();
    }

    private static void addSession(Json out, SessionSnapshot session) {
        out.beginObject()
                .put("id", idOf(session.channel()))
                .put("role", lower(session.role()))
                .put("profile", lower(session.profile()))
                .put("suspended", session.stats().suspended())
                .put("queued", session.stats().queuedBytes())
                .put("unacknowledged", session.stats().unacknowledgedBytes())
                .put("held", session.stats().heldBytes())
                .putMicros("age", session.stats().age())
                .put("scheduler", schedulerOf(session.channel()))
                .put("adds", session.role() == SessionRole.CLIENT);
        out.beginArray("paths");
        Set<String> present = session.presentPaths().stream().map(Path::label).collect(Collectors.toSet());
        session.stats().paths().forEach(path -> addPath(out, path, present, session.subflows()));
        out.endArray().endObject();
    }

    /** By its name; null for one of the application's own. */
    private static String schedulerOf(MultipathChannel session) {
        return session.config().getOption(MultipathChannelOption.SCHEDULER) instanceof Schedulers known
                ? known.word()
                : null;
    }

    /** @param present the names of those that may be removed; the others are no more */
    private static void addPath(Json out, PathStats path, Set<String> present, List<SubflowInfo> subflows) {
        SubflowInfo subflow = subflows.stream()
                .filter(each -> each.path().label().equals(path.label()))
                .findFirst()
                .orElse(null);
        PathMeasurements measured = path.measured();
        out.beginObject()
                .put("label", PeerText.escape(path.label()))
                .put("state", path.state().name())
                .put("present", present.contains(path.label()))
                .put("open", subflow != null)
                .put("backup", subflow != null && subflow.backup())
                .put("local", subflow == null ? null : String.valueOf(subflow.local()))
                .put("remote", subflow == null ? null : String.valueOf(subflow.remote()))
                .putMicros("rtt", path.rtt())
                .putMicros("minRtt", measured.minRtt())
                .putMicros("rttVariance", measured.rttVariance())
                .put("inFlight", measured.inFlightBytes())
                .put("inFlightLimit", measured.inFlightLimitBytes())
                .put("sent", path.bytesSent())
                .put("received", path.bytesReceived())
                .put("failures", path.failures());
        addTransport(out, path);
        out.beginObject("repeated");
        for (Map.Entry<RepetitionCause, FrameCount> entry : path.repeated().entrySet()) {
            out.put(lower(entry.getKey()), entry.getValue().bytes());
        }
        out.endObject();
        PathStateChange change = path.lastChange();
        if (change != null) {
            out.beginObject("change")
                    .put("at", change.at().toEpochMilli())
                    .put("reason", lower(change.reason()))
                    .put("cause", change.cause() == null ? null : PeerText.escape(String.valueOf(change.cause())))
                    .endObject();
        }
        out.endObject();
    }

    /** What is unknown is not there. */
    private static void addTransport(Json out, PathStats path) {
        TransportStats below = path.transport();
        out.beginObject("transport");
        putKnown(out, "rtt", below.smoothedRttNanos() < 0 ? TransportStats.UNKNOWN : below.smoothedRttNanos() / 1000);
        putKnown(out, "window", below.congestionWindowBytes());
        putKnown(out, "rate", below.deliveryBytesPerSecond());
        putKnown(out, "lost", path.packetsLost());
        if (below.mptcp().subflows() > 0) {
            out.put("mptcp", below.mptcp().subflows());
        }
        out.endObject();
    }

    private static void putKnown(Json out, String name, long value) {
        if (value != TransportStats.UNKNOWN) {
            out.put(name, value);
        }
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
