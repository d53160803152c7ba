package dev.multipath.benchmarks.core;

import dev.multipath.benchmarks.EventLoopThreads;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.session.SubflowViolationException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What disorder costs: frames leave on two subflows in turn, and arrive in order or not. Everything else is the same, so
 * the difference is the reorder window's, and that of acknowledgements with more ranges.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m", EventLoopThreads.JMH_EXECUTOR, EventLoopThreads.JMH_EXECUTOR_CLASS})
public class ReorderBenchmark {
    private static final int FRAMES = 64;
    private static final int PAYLOAD_BYTES = 1024;

    /** The order. */
    @Param
    public Arrival arrival;

    private LinkedSessions sessions;
    private ByteBuf payload;
    private long framesBefore;
    private long written;

    /** Opens the sessions. */
    @Setup
    public void open() throws SubflowViolationException {
        sessions = new LinkedSessions(2, PAYLOAD_BYTES, true, RoundRobinScheduler::new, arrival);
        payload = ByteBufAllocator.DEFAULT.directBuffer(PAYLOAD_BYTES).writeZero(PAYLOAD_BYTES);
        framesBefore = sessions.dataFrames();
    }

    /** Closes the sessions, and checks that what was counted as a frame has been one. */
    @TearDown
    public void close() {
        Frames.check(sessions.dataFrames() - framesBefore, written);
        sessions.close();
        payload.release();
    }

    /** One burst; an operation is a frame. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void receive() throws SubflowViolationException {
        sessions.send(payload, FRAMES, FRAMES / 2 * PAYLOAD_BYTES);
        written += FRAMES;
    }
}
