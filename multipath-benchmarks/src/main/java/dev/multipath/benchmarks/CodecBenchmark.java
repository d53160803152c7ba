package dev.multipath.benchmarks;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.codec.Preface;
import dev.multipath.codec.VarInt;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
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

/**
 * From which size on is it cheaper to pass a payload on than to copy it? Each operation moves 64 KiB in payloads of one
 * size: in by slices of a read buffer or by copies, out by a gathering write behind a header or by a copy behind it.
 * The codec itself is measured beside them, for its thresholds to be seen where they are. Operations are sampled, since
 * their median is the same on a busy machine, where an average is not.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m", EventLoopThreads.JMH_EXECUTOR, EventLoopThreads.JMH_EXECUTOR_CLASS})
public class CodecBenchmark {
    private static final int TOTAL_BYTES = 64 * 1024;
    /** As the encoder does: the first size of its batch, and the size at which it is passed on. */
    private static final int INITIAL_BATCH_BYTES = 256;

    private static final int BATCH_BYTES = 8 * 1024;
    private static final int MAX_HEADER_BYTES = 2 * VarInt.MAX_LENGTH;
    private static final long FRAME_NUMBER = 1_000_000;

    /** The size of each payload. */
    @Param({"512", "1024", "2048", "4096", "8192", "16384"})
    public int payloadBytes;

    private final ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
    private final byte[] source = new byte[TOTAL_BYTES];
    private ByteBuf[] received;
    private ByteBuf application;
    private ByteBuf encoded;
    private NullDeviceChannel plain;
    private NullDeviceChannel encoder;
    private EmbeddedChannel decoder;

    /** Opens the channels and fills the buffers. */
    @Setup
    public void open() throws IOException {
        received = new ByteBuf[TOTAL_BYTES / payloadBytes];
        application = allocator.directBuffer(TOTAL_BYTES).writeZero(TOTAL_BYTES);
        encoded = allocator.directBuffer(2 * TOTAL_BYTES);
        for (int i = 0; i < received.length; i++) {
            writeHeader(encoded);
            encoded.writeZero(payloadBytes);
        }
        plain = new NullDeviceChannel();
        encoder = new NullDeviceChannel(new MultipathFrameEncoder());
        decoder = new EmbeddedChannel(new MultipathFrameDecoder(), new ReleasingHandler());
        ByteBuf preface = allocator.buffer().writeByte(Preface.VERSION);
        ConnectionId.ZERO.write(preface);
        decoder.writeInbound(preface);
    }

    /** Closes the channels and releases the buffers. */
    @TearDown
    public void close() {
        application.release();
        encoded.release();
        plain.finishAndReleaseAll();
        encoder.finishAndReleaseAll();
        decoder.finishAndReleaseAll();
    }

    /** What both ways in have in common: a read buffer is allocated, filled and released. */
    @Benchmark
    public void inboundReadOnly() {
        read().release();
    }

    /** Inbound, passed on: each payload is a slice that retains the read buffer. */
    @Benchmark
    public void inboundRetain() {
        ByteBuf read = read();
        for (int i = 0; i < received.length; i++) {
            received[i] = read.readRetainedSlice(payloadBytes);
        }
        read.release();
        releaseReceived();
    }

    /** Inbound, copied: each payload has a buffer of its own. */
    @Benchmark
    public void inboundCopy() {
        ByteBuf read = read();
        for (int i = 0; i < received.length; i++) {
            received[i] = allocator.buffer(payloadBytes).writeBytes(read, payloadBytes);
        }
        read.release();
        releaseReceived();
    }

    /** Inbound by the codec: the decoder in a pipeline. */
    @Benchmark
    public void inboundDecoder() {
        decoder.pipeline().fireChannelRead(encoded.retainedDuplicate());
        decoder.pipeline().fireChannelReadComplete();
    }

    /** Outbound, passed on: a small buffer with the header, then the payload's own. */
    @Benchmark
    public void outboundGather() {
        for (int i = 0; i < received.length; i++) {
            ByteBuf header = allocator.ioBuffer(INITIAL_BATCH_BYTES);
            writeHeader(header);
            plain.write(header, plain.voidPromise());
            plain.write(payload(i), plain.voidPromise());
        }
        plain.flush();
    }

    /** Outbound, copied: frames share buffers of 8 KiB. */
    @Benchmark
    public void outboundCopy() {
        ByteBuf batch = null;
        for (int i = 0; i < received.length; i++) {
            ByteBuf payload = payload(i);
            int frameBytes = MAX_HEADER_BYTES + payloadBytes;
            batch = batch == null ? allocator.ioBuffer(Math.max(INITIAL_BATCH_BYTES, frameBytes)) : batch;
            batch.ensureWritable(frameBytes);
            writeHeader(batch);
            batch.writeBytes(payload);
            payload.release();
            if (batch.readableBytes() >= BATCH_BYTES || i == received.length - 1) {
                plain.write(batch, plain.voidPromise());
                batch = null;
            }
        }
        plain.flush();
    }

    /** Outbound by the codec: the encoder in a pipeline. */
    @Benchmark
    public void outboundEncoder() {
        for (int i = 0; i < received.length; i++) {
            encoder.write(new DataFrame(FRAME_NUMBER, payload(i)), encoder.voidPromise());
        }
        encoder.flush();
    }

    private ByteBuf read() {
        return allocator.ioBuffer(TOTAL_BYTES).writeBytes(source);
    }

    private void releaseReceived() {
        for (ByteBuf payload : received) {
            payload.release();
        }
    }

    private ByteBuf payload(int index) {
        return application.retainedSlice(index * payloadBytes, payloadBytes);
    }

    private void writeHeader(ByteBuf out) {
        VarInt.write(out, payloadBytes);
        VarInt.write(out, FRAME_NUMBER);
    }
}
