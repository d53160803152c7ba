package dev.multipath.channel;

import dev.multipath.admission.AdmissionStats;
import dev.multipath.admission.Place;
import dev.multipath.admission.Places;
import dev.multipath.admission.Shortage;
import dev.multipath.admission.SourceQuota;
import dev.multipath.admission.Standing;
import dev.multipath.transport.SubflowConnection;
import dev.multipath.transport.SubflowResources;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.SocketAddress;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * The places of one server, for handshakes and for sessions, with its limits as they are now; counts who gets none. What servers have
 * in common, descriptors and memory, who has shown the least gives back, at whichever of them it is. Thread-safe.
 */
final class Admission {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(Admission.class);

    /** An attacker must not fill the log either. */
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** As many may be under way at an honest server; sessions, which may have many subflows, are what takes descriptors then. */
    private static final int FEW_HANDSHAKES = 16;

    /** When there are no descriptors: a part of what there is, so that many that wait to be accepted are so soon. */
    private static final int FREED_DIVISOR = 16;

    private static final int MIN_FREED = 4;

    /** A session that is ended gives its descriptors back by then, whatever its peer does: {@code OrderlyClose} takes a second. */
    private static final long SESSION_END_NANOS = TimeUnit.MILLISECONDS.toNanos(1200);

    /** Of this process, which all have its descriptors in common. Of a server that is forgotten nobody has a place any more. */
    private static final Set<Admission> SERVERS = Collections.newSetFromMap(new WeakHashMap<>());

    private final OptionValues options;
    private final Places handshakes = new Places(Shortage.HANDSHAKES);
    private final Places sessions = new Places(Shortage.SESSIONS);

    private final LongAdder evictedHandshakes = new LongAdder();
    private final LongAdder evictedJoins = new LongAdder();
    private final LongAdder evictedSessions = new LongAdder();
    private final LongAdder refusedSessions = new LongAdder();
    private final LongAdder replacedSubflows = new LongAdder();
    private final LongAdder refusedSubflows = new LongAdder();
    private final LongAdder misroutedJoins = new LongAdder();
    private final LongAdder overQuota = new LongAdder();
    private final LongAdder forMemory = new LongAdder();
    private final AtomicLong logAgainAtNanos = new AtomicLong();
    private final AtomicLong sessionsAgainAtNanos = new AtomicLong();

    Admission(OptionValues options) {
        this.options = options;
        synchronized (SERVERS) {
            SERVERS.add(this);
        }
    }

    private static List<Admission> servers() {
        synchronized (SERVERS) {
            return List.copyOf(SERVERS);
        }
    }

    /** Whom a connection's address counts for. */
    Object sourceOf(SocketAddress remote) {
        return options.get(MultipathChannelOption.SOURCE_QUOTA).sourceOf(remote);
    }

    Places handshakes() {
        return handshakes;
    }

    Places sessions() {
        return sessions;
    }

    /** Null if the connection has a place, else what was short. */
    Shortage enterHandshake(Place place) {
        return handshakes.enter(
                place,
                Standing.CONNECTED,
                options.get(MultipathChannelOption.MAX_PENDING_HANDSHAKES),
                quota().maxHandshakes(),
                SessionClock.nowNanos());
    }

    /** What of that which may be short these hold, and give back when they end. */
    static Set<Shortage> heldBy(List<SubflowConnection> connections) {
        Set<Shortage> held = EnumSet.noneOf(Shortage.class);
        for (SubflowConnection connection : connections) {
            SubflowResources resources = connection.resources();
            if (resources.restingBytes() > 0) {
                held.add(Shortage.MEMORY);
            }
            if (resources.hasDescriptor()) {
                held.add(Shortage.DESCRIPTORS);
            }
        }
        return held;
    }

    /**
     * Whether there is memory for one more connection of those that cost some at rest. When there is not, one of them goes for it: that is
     * over, or else that has shown the least. Nobody comes while too many that were told to go have not gone yet.
     */
    boolean hasRoomAtRest() {
        MemoryBudget budget = options.get(MultipathChannelOption.MEMORY_BUDGET);
        return !budget.isFullAtRest() || ((budget.endDeparted() || freeMemory(budget)) && !budget.isOverfullAtRest());
    }

    private static boolean freeMemory(MemoryBudget budget) {
        long nowNanos = SessionClock.nowNanos();
        List<Admission> sharers = servers().stream()
                .filter(server -> server.options.get(MultipathChannelOption.MEMORY_BUDGET) == budget)
                .toList();
        // Where all sessions are protected, few that are silent would keep everybody out.
        return Places.evictLeast(leastProven(sharers, Shortage.MEMORY), Shortage.MEMORY, nowNanos)
                || Places.evictLeast(placesOf(sharers, Admission::handshakes), Shortage.MEMORY, nowNanos);
    }

    /** Where those holders are that have shown the least: at sessions, if there are no more handshakes than at any honest server. */
    private static List<Places> leastProven(List<Admission> servers, Shortage what) {
        List<Places> crowded = crowded(servers, what);
        return crowded.isEmpty() ? placesOf(servers, Admission::sessions) : crowded;
    }

    private static List<Places> crowded(List<Admission> servers, Shortage what) {
        return placesOf(servers, Admission::handshakes).stream()
                .filter(handshakes -> handshakes.holders(what) > FEW_HANDSHAKES)
                .toList();
    }

    private static List<Places> placesOf(List<Admission> servers, Function<Admission, Places> kind) {
        return servers.stream().map(kind).toList();
    }

    /** A handshake has come further. */
    void advance(Place handshake, Standing standing) {
        handshakes.update(handshake, standing, 0, 0, SessionClock.nowNanos());
    }

    /** Null if the session has a place, else what was short. */
    Shortage enterSession(Place place) {
        Shortage shortage = sessions.enter(
                place,
                Standing.ASKED,
                options.get(MultipathChannelOption.MAX_SESSIONS),
                quota().maxSessions(),
                SessionClock.nowNanos());
        if (shortage != null) {
            onShortage(refusedSessions, shortage);
        }
        return shortage;
    }

    /**
     * There is no descriptor for a newcomer: ends some connections that have shown the least, or sessions if there are few.
     * Returns whether there will be some soon.
     */
    boolean freeDescriptors() {
        long nowNanos = SessionClock.nowNanos();
        List<Admission> servers = servers();
        boolean sessionsGo = crowded(servers, Shortage.DESCRIPTORS).isEmpty();
        if (sessionsGo && nowNanos < sessionsAgainAtNanos.get()) {
            return true;
        }
        List<Places> places = leastProven(servers, Shortage.DESCRIPTORS);
        int holders = places.stream()
                .mapToInt(each -> each.holders(Shortage.DESCRIPTORS))
                .sum();
        boolean any = false;
        for (int left = Math.max(MIN_FREED, holders / FREED_DIVISOR); left > 0; left--) {
            any |= Places.evictLeast(places, Shortage.DESCRIPTORS, nowNanos);
        }
        if (any && sessionsGo) {
            servers.forEach(server -> server.sessionsAgainAtNanos.set(nowNanos + SESSION_END_NANOS));
        }
        return any;
    }

    private SourceQuota quota() {
        return options.get(MultipathChannelOption.SOURCE_QUOTA);
    }

    void onHandshakeEvicted(Shortage why) {
        onShortage(evictedHandshakes, why);
    }

    void onJoinEvicted(Shortage why) {
        onShortage(evictedJoins, why);
    }

    void onSessionEvicted(Shortage why) {
        onShortage(evictedSessions, why);
    }

    void onSubflowReplaced() {
        replacedSubflows.increment();
    }

    void onSubflowRefused() {
        refusedSubflows.increment();
    }

    /** The name that a connection says is another server's. */
    void onMisrouted() {
        misroutedJoins.increment();
    }

    private void onShortage(LongAdder counter, Shortage why) {
        counter.increment();
        if (why == Shortage.SOURCE_QUOTA) {
            overQuota.increment();
        } else if (why == Shortage.MEMORY) {
            forMemory.increment();
        }
        long nowNanos = SessionClock.nowNanos();
        long atNanos = logAgainAtNanos.get();
        if (nowNanos >= atNanos && logAgainAtNanos.compareAndSet(atNanos, nowNanos + LOG_INTERVAL_NANOS)) {
            LOGGER.info("places are short ({}): {}", why.reason(), stats());
        }
    }

    AdmissionStats stats() {
        return new AdmissionStats(
                handshakes.size(),
                sessions.size(),
                sessions.sources(),
                evictedHandshakes.sum(),
                evictedJoins.sum(),
                evictedSessions.sum(),
                refusedSessions.sum(),
                replacedSubflows.sum(),
                refusedSubflows.sum(),
                misroutedJoins.sum(),
                overQuota.sum(),
                forMemory.sum());
    }
}
