package dev.multipath.benchmarks.core;

import dev.multipath.benchmarks.EventLoopThreads;
import dev.multipath.scheduler.EarliestArrivalScheduler;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.Offer;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.session.SubflowViolationException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Which subflow carries the next frame: one decision, among a session's own subflows that can all take it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 2,
        jvmArgsAppend = {EventLoopThreads.JMH_EXECUTOR, EventLoopThreads.JMH_EXECUTOR_CLASS})
public class SchedulerBenchmark {
    private static final int PAYLOAD_BYTES = 16 << 10;

    /** Bulk, with room. */
    private static final Offer OFFER = new Offer() {
        @Override
        public long queuedBytes() {
            return 1 << 20;
        }

        @Override
        public long roomBytes() {
            return 1 << 20;
        }

        @Override
        public boolean isRepetition() {
            return false;
        }
    };

    /** The library's policies. */
    public enum Policy {
        /** The default. */
        EARLIEST_ARRIVAL(EarliestArrivalScheduler::new),
        /** The Go implementation's. */
        LOWEST_RTT(LowestRttScheduler::new),
        /** In turn. */
        ROUND_ROBIN(RoundRobinScheduler::new);

        private final Supplier<Scheduler> scheduler;

        Policy(Supplier<Scheduler> scheduler) {
            this.scheduler = scheduler;
        }
    }

    /** Who decides. */
    @Param
    public Policy policy;

    /** Among so many. */
    @Param({"1", "2", "4", "16"})
    public int subflows;

    private LinkedSessions sessions;
    private Scheduler scheduler;

    /** Opens the sessions. */
    @Setup
    public void open() throws SubflowViolationException {
        sessions = new LinkedSessions(subflows, PAYLOAD_BYTES, true, policy.scheduler, Arrival.IN_ORDER);
        scheduler = policy.scheduler.get();
    }

    /** Closes the sessions. */
    @TearDown
    public void close() {
        sessions.close();
    }

    /** One decision. */
    @Benchmark
    public int select() {
        return scheduler.select(sessions.subflows(), OFFER, sessions.nowNanos());
    }
}
