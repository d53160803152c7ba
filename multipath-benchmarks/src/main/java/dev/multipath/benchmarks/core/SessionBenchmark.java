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
 * What the session itself costs: a frame is sent, received, read and acknowledged, both ends together. An operation is one
 * frame; {@code -prof gc} tells what it leaves to the collector. Each subflow carries frames in turn: by round trips alone
 * the first would carry them all, since the others are no faster.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m", EventLoopThreads.JMH_EXECUTOR, EventLoopThreads.JMH_EXECUTOR_CLASS})
public class SessionBenchmark {
    private static final int FRAMES = 64;

    /** Of the session. */
    @Param({"1", "2", "4"})
    public int subflows;

    /** Of each frame. */
    @Param({"1024", "16384", "65536"})
    public int payloadBytes;

    /** Whether both ends speak the extended profile. */
    @Param({"true"})
    public boolean extended;

    private LinkedSessions sessions;
    private ByteBuf payload;
    private long framesBefore;
    private long written;

    /** Opens the sessions. */
    @Setup
    public void open() throws SubflowViolationException {
        sessions = new LinkedSessions(subflows, payloadBytes, extended, RoundRobinScheduler::new, Arrival.IN_ORDER);
        payload = ByteBufAllocator.DEFAULT.directBuffer(payloadBytes).writeZero(payloadBytes);
        framesBefore = sessions.dataFrames();
    }

    /** Closes the sessions, and checks that what was counted as a frame has been one. */
    @TearDown
    public void close() {
        Frames.check(sessions.dataFrames() - framesBefore, written);
        sessions.close();
        payload.release();
    }

    /** A burst that is acknowledged while the next one is sent. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void sendReceiveAcknowledge() throws SubflowViolationException {
        sessions.send(payload, FRAMES, FRAMES / 2 * payloadBytes);
        written += FRAMES;
    }
}
