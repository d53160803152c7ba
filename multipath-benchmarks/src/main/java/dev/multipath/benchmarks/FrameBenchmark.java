package dev.multipath.benchmarks;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.codec.Preface;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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
 * Frames a second of each kind, to the null device and from a read buffer that holds a burst of them. An operation is one
 * frame. (Which size of payload is worth copying: {@link CodecBenchmark}.)
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m", EventLoopThreads.JMH_EXECUTOR, EventLoopThreads.JMH_EXECUTOR_CLASS})
public class FrameBenchmark {
    private static final int FRAMES = 64;
    private static final long FRAME_NUMBER = 1_000_000;
    private static final int LARGE_BYTES = 64 << 10;
    private static final long MAX_DATA_BYTES = 1L << 32;

    /** The kinds of frames of which there are many. */
    public enum Kind {
        /** 64 bytes of payload. */
        SMALL_DATA(payload -> new DataFrame(FRAME_NUMBER, payload.retainedSlice(0, 64))),
        /** 1 KiB of payload. */
        DATA(payload -> new DataFrame(FRAME_NUMBER, payload.retainedSlice(0, 1024))),
        /** 64 KiB of payload. */
        LARGE_DATA(payload -> new DataFrame(FRAME_NUMBER, payload.retainedDuplicate())),
        /** Of the base profile. */
        ACK(payload -> new AckFrame(FRAME_NUMBER)),
        /** Of the extended profile, all in order. */
        CUMULATIVE_ACK(payload -> new CumulativeAckFrame(FRAME_NUMBER, MAX_DATA_BYTES, new long[0], 1000, 100)),
        /** Of the extended profile, with two gaps. */
        CUMULATIVE_ACK_2_RANGES(payload -> new CumulativeAckFrame(
                FRAME_NUMBER,
                MAX_DATA_BYTES,
                new long[] {FRAME_NUMBER + 2, FRAME_NUMBER + 4, FRAME_NUMBER + 6, FRAME_NUMBER + 7},
                1000,
                100));

        private final Function<ByteBuf, Frame> frame;

        Kind(Function<ByteBuf, Frame> frame) {
            this.frame = frame;
        }
    }

    /** Which. */
    @Param
    public Kind kind;

    private ByteBuf payload;
    private ByteBuf encoded;
    private NullDeviceChannel encoder;
    private EmbeddedChannel decoder;

    /** Opens the channels, and encodes what will be decoded. */
    @Setup
    public void open() throws IOException {
        payload = ByteBufAllocator.DEFAULT.directBuffer(LARGE_BYTES).writeZero(LARGE_BYTES);
        encoder = new NullDeviceChannel(new MultipathFrameEncoder());
        encoded = ByteBufAllocator.DEFAULT.directBuffer();
        EmbeddedChannel source = new EmbeddedChannel(new MultipathFrameEncoder());
        for (int i = 0; i < FRAMES; i++) {
            source.write(kind.frame.apply(payload));
        }
        source.flush();
        ByteBuf part;
        while ((part = source.readOutbound()) != null) {
            encoded.writeBytes(part);
            part.release();
        }
        source.finishAndReleaseAll();
        decoder = new EmbeddedChannel(new MultipathFrameDecoder(), new ReleasingHandler());
        ByteBuf preface = Unpooled.buffer().writeByte(Preface.VERSION);
        ConnectionId.ZERO.write(preface);
        decoder.writeInbound(preface);
        if (kind != Kind.ACK) {
            // Extended frames are known only behind the word for them.
            EmbeddedChannel word = new EmbeddedChannel(new MultipathFrameEncoder());
            word.writeOutbound(ControlFrame.EXTENDED);
            decoder.writeInbound((ByteBuf) word.readOutbound());
            word.finishAndReleaseAll();
        }
    }

    /** Closes the channels and releases the buffers. */
    @TearDown
    public void close() {
        encoder.finishAndReleaseAll();
        decoder.finishAndReleaseAll();
        encoded.release();
        payload.release();
    }

    /** One flush for the burst. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void encode() {
        for (int i = 0; i < FRAMES; i++) {
            encoder.write(kind.frame.apply(payload), encoder.voidPromise());
        }
        encoder.flush();
    }

    /** One read buffer for the burst. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void decode() {
        decoder.pipeline().fireChannelRead(encoded.retainedDuplicate());
        decoder.pipeline().fireChannelReadComplete();
    }
}
