package dev.multipath.micrometer;

import dev.multipath.admission.AdmissionStats;
import dev.multipath.channel.MemoryBudget;
import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;

/**
 * Meters of multipath sessions for Micrometer: of sessions, of subflows by state, of bytes and frames by path and cause, of
 * round trips and stalls, of memory against its budget. It shows what it is told to watch, a server's sessions or single ones,
 * in each registry that it is bound to. The guide has the table of meters. Thread-safe.
 *
 * <p>Sessions are looked at when a meter is read, all at once and at most twice a second; what they counted stays counted when
 * they end. The tag {@code path} is a client's label of a path, or the address of the listener that a server's subflow came to;
 * it has a limited number of values, and {@code other} for the rest.
 */
public final class MultipathMeterBinder implements MeterBinder {

    /** More values than anybody has networks, and few enough for any monitoring system. */
    private static final int DEFAULT_MAX_PATHS = 32;

    /** A registry reads meter by meter, and is to see one look at each reading of all. */
    private static final long MIN_LOOK_INTERVAL_NANOS = 500_000_000;

    private final MeterBook book;
    private final MemoryBudget budget;
    private final Map<MultipathChannel, WatchedSession> sessions = new ConcurrentHashMap<>();
    private final List<MultipathAcceptor> acceptors = new CopyOnWriteArrayList<>();

    /** Also of servers that are closed: what they counted stays counted. */
    private final List<Supplier<AdmissionStats>> admissions = new CopyOnWriteArrayList<>();

    private final Object lookLock = new Object();
    private final AtomicLong lookedAtNanos = new AtomicLong(System.nanoTime() - MIN_LOOK_INTERVAL_NANOS);

    private MultipathMeterBinder(Builder builder) {
        book = new MeterBook(builder.tags, builder.names, builder.maxPaths, this::refresh);
        budget = builder.budget;
    }

    /** Without tags of its own, with the memory of {@link MemoryBudget#shared()}, and at most 32 paths told apart. */
    public MultipathMeterBinder() {
        this(builder());
    }

    /** {@return what makes one that differs from that} */
    public static Builder builder() {
        return new Builder();
    }

    // ---- what is watched

    /**
     * Watches a session, until it ends. A handler is put first in its pipeline, which data pass by.
     *
     * @param session a client's or an accepted one; one that is watched already is not counted twice
     */
    public void watch(MultipathChannel session) {
        WatchedSession watched = sessions.get(session);
        if (watched != null) {
            return;
        }
        boolean isNew;
        synchronized (lookLock) {
            isNew = !sessions.containsKey(session);
            if (isNew) {
                watched = new WatchedSession(session, book);
                sessions.put(session, watched);
            }
        }
        if (isNew) {
            session.pipeline().addFirst(watched);
            session.closeFuture().addListener(closed -> retire(session));
        }
    }

    /**
     * Watches the sessions that a server has and will have, and its places. A handler is put first in its pipeline.
     *
     * @param server bound or not
     */
    public void watch(MultipathServerChannel server) {
        admissions.add(server::admission);
        server.pipeline().addFirst(new Acceptance());
        server.sessions().forEach(session -> watch(session.channel()));
    }

    /**
     * Watches an acceptor's places, and its sessions as they are found at each look. One that lasts less than the time between
     * two looks is missed, unless the acceptor's child handler gives it to {@link #watch(MultipathChannel)}.
     *
     * @param acceptor watched for as long as this binder is in use
     */
    public void watch(MultipathAcceptor acceptor) {
        admissions.add(acceptor::admission);
        acceptors.add(acceptor);
    }

    private final class Acceptance extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof MultipathChannel session) {
                watch(session);
            }
            ctx.fireChannelRead(message);
        }
    }

    private void retire(MultipathChannel session) {
        synchronized (lookLock) {
            WatchedSession watched = sessions.remove(session);
            if (watched != null) {
                watched.lookForTheLastTime();
            }
        }
    }

    // ---- looks

    /** Looks at all sessions now, so that the next reading shows how they are. Takes some microseconds for each. */
    public void look() {
        for (MultipathAcceptor acceptor : acceptors) {
            acceptor.sessions().forEach(session -> watch(session.channel()));
        }
        List<Consumer<MeterRegistry>> samples = new ArrayList<>();
        synchronized (lookLock) {
            lookedAtNanos.set(System.nanoTime());
            sessions.values().forEach(session -> session.look(samples));
            book.roles().forEach(RoleTotals::show);
            book.paths().forEach(PathTotals::showGauges);
        }
        book.registerNew();
        samples.forEach(book::record);
    }

    private void refresh() {
        long lastNanos = lookedAtNanos.get();
        long nowNanos = System.nanoTime();
        // One of those who read at the same time looks.
        if (nowNanos - lastNanos >= MIN_LOOK_INTERVAL_NANOS && lookedAtNanos.compareAndSet(lastNanos, nowNanos)) {
            look();
        }
    }

    // ---- registries

    @Override
    public void bindTo(MeterRegistry registry) {
        book.register(registry);
        Gauge.builder("multipath.memory.used", this, binder -> binder.budget.usedBytes())
                .description("Memory that sessions hold, received and sent")
                .baseUnit("bytes")
                .tags(book.tags())
                // So that the registry holds the binder, and all numbers with it.
                .strongReference(true)
                .register(registry);
        Gauge.builder("multipath.memory.limit", budget, MemoryBudget::limitBytes)
                .description("Memory that sessions may hold together")
                .baseUnit("bytes")
                .tags(book.tags())
                .register(registry);
        FunctionCounter.builder("multipath.memory.evicted", budget, MemoryBudget::evictedSessions)
                .description("Sessions that were ended since memory was short")
                .baseUnit("sessions")
                .tags(book.tags())
                .register(registry);
        Gauge.builder("multipath.handshakes", this, binder -> binder.sum(AdmissionStats::handshakes))
                .description("Connections at servers that have yet to prove that they belong to a session")
                .baseUnit("connections")
                .tags(book.tags())
                .register(registry);
        places(registry, "multipath.places.evicted", "handshake", AdmissionStats::evictedHandshakes);
        places(registry, "multipath.places.evicted", "join", AdmissionStats::evictedJoins);
        places(registry, "multipath.places.evicted", "session", AdmissionStats::evictedSessions);
        places(registry, "multipath.places.refused", "session", AdmissionStats::refusedSessions);
        places(registry, "multipath.places.refused", "subflow", AdmissionStats::refusedSubflows);
        FunctionCounter.builder("multipath.joins.misrouted", this, binder -> binder.sum(AdmissionStats::misroutedJoins))
                .description("Connections that named a session of another server")
                .baseUnit("connections")
                .tags(book.tags())
                .register(registry);
    }

    private void places(MeterRegistry registry, String name, String of, ToLongFunction<AdmissionStats> value) {
        FunctionCounter.builder(name, this, binder -> binder.sum(value))
                .description("Who has lost a place at a server, or got none")
                .baseUnit("places")
                .tags(book.tags().and("of", of))
                .register(registry);
    }

    private long sum(ToLongFunction<AdmissionStats> value) {
        return admissions.stream()
                .mapToLong(admission -> value.applyAsLong(admission.get()))
                .sum();
    }

    /** What a binder is made with. Not thread-safe. */
    public static final class Builder {

        private Tags tags = Tags.empty();
        private UnaryOperator<String> names = UnaryOperator.identity();
        private int maxPaths = DEFAULT_MAX_PATHS;
        private MemoryBudget budget = MemoryBudget.shared();

        private Builder() {}

        /**
         * Tags for all meters.
         *
         * @param added beside those that are set already
         * @return this
         */
        public Builder tags(Iterable<Tag> added) {
            tags = tags.and(added);
            return this;
        }

        /**
         * What stands in the tag {@code path}. Default: a client's label of a path as it is; for an accepted session, the address
         * of the listener.
         *
         * @param mapping of such a name to another; called from any thread
         * @return this
         */
        public Builder pathNames(UnaryOperator<String> mapping) {
            names = Objects.requireNonNull(mapping, "mapping");
            return this;
        }

        /**
         * How many values the tag {@code path} may have, beside {@code other}.
         *
         * @param limit the first so many names have meters of their own
         * @return this
         * @throws IllegalArgumentException if it is negative
         */
        public Builder maxPaths(int limit) {
            if (limit < 0) {
                throw new IllegalArgumentException("limit " + limit + " (expected: >= 0)");
            }
            maxPaths = limit;
            return this;
        }

        /**
         * Whose memory is shown.
         *
         * @param shown what the sessions have as their {@code MEMORY_BUDGET}
         * @return this
         */
        public Builder memoryBudget(MemoryBudget shown) {
            budget = Objects.requireNonNull(shown, "shown");
            return this;
        }

        /** {@return the binder} */
        public MultipathMeterBinder build() {
            return new MultipathMeterBinder(this);
        }
    }
}
