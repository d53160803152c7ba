package dev.multipath.micrometer;

import dev.multipath.metrics.MultipathStats;
import dev.multipath.session.MultipathException;
import dev.multipath.session.SessionRole;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ToDoubleFunction;

/** The meters of all sessions of which this process is the same end. */
final class RoleTotals {

    private enum Number {
        OPEN,
        SUSPENDED,
        QUEUED_BYTES,
        UNACKNOWLEDGED_BYTES
    }

    private final Tags tags;
    private final Runnable refresh;
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLongArray shown = new AtomicLongArray(Number.values().length);
    private final long[] next = new long[Number.values().length];

    /** @param refresh called before a number is read */
    RoleTotals(SessionRole role, Tags common, Runnable refresh) {
        tags = common.and("role", role.name().toLowerCase(Locale.ROOT));
        this.refresh = refresh;
    }

    void onOpened() {
        opened.incrementAndGet();
    }

    /** One of the sessions that are open, as it is now. */
    void add(MultipathStats stats) {
        next[Number.OPEN.ordinal()]++;
        next[Number.SUSPENDED.ordinal()] += stats.suspended() ? 1 : 0;
        next[Number.QUEUED_BYTES.ordinal()] += stats.queuedBytes();
        next[Number.UNACKNOWLEDGED_BYTES.ordinal()] += stats.unacknowledgedBytes();
    }

    /** All sessions have been looked at. */
    void show() {
        for (int i = 0; i < next.length; i++) {
            shown.set(i, next[i]);
            next[i] = 0;
        }
    }

    void recordSuspension(MeterRegistry registry, long nanos) {
        suspensionTimer(registry).record(Duration.ofNanos(nanos));
    }

    private Timer suspensionTimer(MeterRegistry registry) {
        return Timer.builder("multipath.sessions.suspension")
                .description("How long sessions were without any path, until they had one or ended")
                .tags(tags)
                .register(registry);
    }

    /** Causes are classes of ours, so there are few. */
    void recordFailure(MeterRegistry registry, MultipathException cause) {
        Counter.builder("multipath.sessions.failed")
                .description("Sessions that ended with an exception")
                .baseUnit("sessions")
                .tags(tags.and("cause", cause.getClass().getSimpleName()))
                .register(registry)
                .increment();
    }

    void register(MeterRegistry registry) {
        gauge(registry, "multipath.sessions.open", "sessions", "Sessions that are open", Number.OPEN);
        gauge(registry, "multipath.sessions.suspended", "sessions", "Sessions without any path", Number.SUSPENDED);
        gauge(registry, "multipath.sessions.queued", "bytes", "Payload taken and not sent yet", Number.QUEUED_BYTES);
        gauge(
                registry,
                "multipath.sessions.unacknowledged",
                "bytes",
                "Payload taken and not acknowledged yet, queued included",
                Number.UNACKNOWLEDGED_BYTES);
        FunctionCounter.builder("multipath.sessions.opened", this, totals -> totals.opened.get())
                .description("Sessions that were opened")
                .baseUnit("sessions")
                .tags(tags)
                .register(registry);
        suspensionTimer(registry);
    }

    private void gauge(MeterRegistry registry, String name, String unit, String description, Number number) {
        ToDoubleFunction<RoleTotals> value = totals -> {
            totals.refresh.run();
            return totals.shown.get(number.ordinal());
        };
        Gauge.builder(name, this, value)
                .description(description)
                .baseUnit(unit)
                .tags(tags)
                .register(registry);
    }
}
