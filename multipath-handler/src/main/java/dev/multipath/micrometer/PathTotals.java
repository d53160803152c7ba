package dev.multipath.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The meters of all paths of one name, in whatever session, also those that are over. Numbers are added by whoever looks at
 * the sessions, one at a time, and read from any thread.
 */
final class PathTotals {

    private static final List<PathCounter> COUNTERS = PathCounter.ALL;
    private static final PathGauge[] GAUGES = PathGauge.values();

    private final Tags tags;
    private final Runnable refresh;
    private final AtomicLongArray counters = new AtomicLongArray(COUNTERS.size());
    private final AtomicLong lost = new AtomicLong();

    /** What the gauges show, and what they will when all sessions have been looked at. */
    private final AtomicLongArray gauges = new AtomicLongArray(GAUGES.length);

    private final long[] nextGauges = new long[GAUGES.length];

    /** @param refresh called before a number is read */
    PathTotals(Tags tags, Runnable refresh) {
        this.tags = tags;
        this.refresh = refresh;
    }

    void add(int counter, long amount) {
        counters.addAndGet(counter, amount);
    }

    void onLost() {
        lost.incrementAndGet();
    }

    void addTo(PathGauge gauge, long amount) {
        nextGauges[gauge.ordinal()] += amount;
    }

    /** All sessions have been looked at. */
    void showGauges() {
        for (int i = 0; i < nextGauges.length; i++) {
            gauges.set(i, nextGauges[i]);
            nextGauges[i] = 0;
        }
    }

    void recordRtt(MeterRegistry registry, Duration rtt) {
        rttTimer(registry).record(rtt);
    }

    void recordTransportRtt(MeterRegistry registry, long nanos) {
        transportRttTimer(registry).record(Duration.ofNanos(nanos));
    }

    void recordStall(MeterRegistry registry, long nanos) {
        stallTimer(registry).record(Duration.ofNanos(nanos));
    }

    private Timer rttTimer(MeterRegistry registry) {
        return Timer.builder("multipath.path.rtt")
                .description("Smoothed round-trip times of a path's subflows, one of each at each look")
                .tags(tags)
                .register(registry);
    }

    private Timer transportRttTimer(MeterRegistry registry) {
        return Timer.builder("multipath.path.transport.rtt")
                .description(
                        "Smoothed round-trip times of the transports below a path's subflows, one of each at each look")
                .tags(tags)
                .register(registry);
    }

    private Timer stallTimer(MeterRegistry registry) {
        return Timer.builder("multipath.path.stall")
                .description("How long subflows were stale, until they answered again or were gone")
                .tags(tags)
                .register(registry);
    }

    void register(MeterRegistry registry) {
        for (int i = 0; i < COUNTERS.size(); i++) {
            PathCounter counter = COUNTERS.get(i);
            int index = i;
            FunctionCounter.builder(counter.name(), this, totals -> totals.fresh(totals.counters, index))
                    .description(counter.description())
                    .baseUnit(counter.unit())
                    .tags(tags.and(counter.tags()))
                    .register(registry);
        }
        FunctionCounter.builder("multipath.path.lost", this, totals -> totals.lost.get())
                .description("Subflows of a path that were lost")
                .baseUnit("subflows")
                .tags(tags)
                .register(registry);
        for (PathGauge gauge : GAUGES) {
            Gauge.builder(gauge.meterName(), this, totals -> totals.fresh(totals.gauges, gauge.ordinal()))
                    .description(gauge.description())
                    .baseUnit(gauge.unit())
                    .tags(tags.and(gauge.tags()))
                    .register(registry);
        }
        rttTimer(registry);
        transportRttTimer(registry);
        stallTimer(registry);
    }

    private long fresh(AtomicLongArray values, int index) {
        refresh.run();
        return values.get(index);
    }
}
