package dev.multipath.benchmarks;

import dev.multipath.codec.VarInt;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.TimeUnit;
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

/** One number on the wire, of each length that there is. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class VarIntBenchmark {
    /** Takes 1, 2, 4 and 8 bytes. */
    @Param({"63", "16383", "1073741823", "4611686018427387903"})
    public long value;

    private ByteBuf buffer;

    /** Makes a buffer with the number. */
    @Setup
    public void open() {
        buffer = ByteBufAllocator.DEFAULT.directBuffer(VarInt.MAX_LENGTH);
        VarInt.write(buffer, value);
    }

    /** Releases it. */
    @TearDown
    public void close() {
        buffer.release();
    }

    /** Into a direct buffer. */
    @Benchmark
    public int write() {
        buffer.setIndex(0, 0);
        VarInt.write(buffer, value);
        return buffer.writerIndex();
    }

    /** From a direct buffer. */
    @Benchmark
    public long read() {
        buffer.readerIndex(0);
        return VarInt.tryRead(buffer);
    }
}
