package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.MessageToByteEncoder;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Turns a {@link Preface} and {@link Frame}s into the bytes of a subflow. A {@link DataFrame} that is written belongs to
 * the encoder, its payload's indices included.
 *
 * <p>A large payload is not copied: its buffer is written as it is, behind a small buffer with the header, for the
 * channel to gather both in one system call. Small frames and headers between large payloads share one buffer, as long
 * as nobody asks for the fate of each: a frame written with {@link ChannelHandlerContext#voidPromise()} may wait in that
 * buffer until the next large payload, the next flush, or until the buffer is full. With any other promise the
 * frame is written at once, and the promise is done when its last byte is.
 *
 * <p>Other messages pass unchanged, in order. The encoder belongs to one channel and runs on its event loop. What
 * waits in it when the channel is closed is released, as Netty does with all that is written and not flushed.
 */
public final class MultipathFrameEncoder extends MessageToByteEncoder<MultipathMessage> {
    /** From this size on a payload is gathered and not copied; measured in docs/PERFORMANCE.md, "Codec thresholds". */
    public static final int GATHER_THRESHOLD_BYTES = 4 * 1024;

    /** Bytes that may wait unseen by the channel's write watermarks (64 KiB by default): an eighth of those. */
    static final int BATCH_BYTES = 8 * 1024;

    private static final int MAX_HEADER_BYTES = Math.max(Preface.LENGTH, 2 * VarInt.MAX_LENGTH);

    private record Write(Object message, ChannelPromise promise) {}

    /** Writes made while another is under way, from a writability event that it caused; null while there was none. */
    private Queue<Write> reentrantWrites;

    private ChannelHandlerContext context;
    private boolean writing;
    private boolean flushAfterWriting;
    private ByteBuf batch;

    /** Makes the encoder of one channel. */
    public MultipathFrameEncoder() {}

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /**
     * Writes a {@link DataFrame} with a void promise, without an object for it and a way through the pipeline. Only on the channel's
     * event loop; past whoever is behind this one. The indices of a payload below {@link #GATHER_THRESHOLD_BYTES} stay as they are.
     *
     * @param frameNumber as there
     * @param payload as there; the encoder's from now on
     */
    public void writeData(long frameNumber, ByteBuf payload) {
        if (isIndirect()) {
            context.channel().write(DataFrame.kept(frameNumber, payload), context.voidPromise());
            return;
        }
        writing = true;
        try {
            writeData(context, frameNumber, payload, context.voidPromise());
        } finally {
            endWriting(context);
        }
    }

    /**
     * Writes a {@link CumulativeAckFrame} without ranges, in the same way.
     *
     * @param nextExpected as there
     * @param maxDataBytes as there
     * @param subflowFrames as there
     * @param ackDelayMicros as there
     */
    public void writeAck(long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
        if (isIndirect()) {
            context.channel()
                    .write(
                            new CumulativeAckFrame(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros),
                            context.voidPromise());
            return;
        }
        writing = true;
        try {
            int payloadBytes =
                    ExtendedFrameEncoding.ackBytes(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros);
            ByteBuf out = batchWithRoom(context, MAX_HEADER_BYTES + payloadBytes);
            encodeHeader(payloadBytes, ExtendedFrameType.ACK.number(), out);
            ExtendedFrameEncoding.writeAck(nextExpected, maxDataBytes, subflowFrames, ackDelayMicros, out);
            writeFullBatch(context, context.voidPromise());
        } catch (Throwable e) {
            context.fireExceptionCaught(e);
        } finally {
            endWriting(context);
        }
    }

    /** Another write is under way, which goes first; or this is no longer in the pipeline. */
    private boolean isIndirect() {
        return writing || context.isRemoved();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (writing) {
            // It may be between a header and its payload, where nothing else may go.
            if (reentrantWrites == null) {
                reentrantWrites = new ArrayDeque<>();
            }
            reentrantWrites.add(new Write(message, promise));
            return;
        }
        writing = true;
        try {
            writeNow(ctx, message, promise);
        } finally {
            endWriting(ctx);
        }
    }

    /** Of one write, and of those that it has caused. */
    private void endWriting(ChannelHandlerContext ctx) {
        try {
            while (reentrantWrites != null && !reentrantWrites.isEmpty()) {
                Write next = reentrantWrites.poll();
                writeNow(ctx, next.message, next.promise);
            }
        } finally {
            writing = false;
        }
        if (flushAfterWriting) {
            flushAfterWriting = false;
            flush(ctx);
        } else if (ctx.isRemoved()) {
            // No flush comes here any more.
            writeBatch(ctx, ctx.voidPromise());
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        if (writing) {
            flushAfterWriting = true;
            return;
        }
        ByteBuf last = batch;
        if (last == null) {
            ctx.flush();
            return;
        }
        last.retain();
        writeBatch(ctx, ctx.voidPromise());
        ctx.flush();
        SpareBatch.giveBack(last);
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        releaseBatch();
        ctx.close(promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            writeBatch(ctx, ctx.voidPromise());
        } else {
            releaseBatch();
        }
    }

    @Override
    protected void encode(ChannelHandlerContext ctx, MultipathMessage message, ByteBuf out) {
        if (message instanceof AckFrame ack) {
            encodeHeader(0, ack.frameNumber(), out);
        } else if (message instanceof ExtendedFrame extended) {
            encodeHeader(
                    ExtendedFrameEncoding.payloadBytes(extended),
                    ExtendedFrameEncoding.type(extended).number(),
                    out);
            ExtendedFrameEncoding.writePayload(extended, out);
        } else if (message instanceof ControlFrame control) {
            encodeHeader(0, control.number(), out);
        } else if (message instanceof Preface preface) {
            out.writeByte(preface.version());
            preface.connectionId().write(out);
        }
    }

    private static void encodeHeader(int payloadBytes, long frameNumber, ByteBuf out) {
        VarInt.write(out, payloadBytes);
        VarInt.write(out, frameNumber);
    }

    private void writeNow(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (promise.isDone() || !promise.setUncancellable()) {
            // Cancelled before; from here on a cancellation would tear a frame or take others of the batch along.
            ReferenceCountUtil.release(message);
        } else if (!(message instanceof MultipathMessage)) {
            writeBatch(ctx, ctx.voidPromise());
            ctx.write(message, promise);
        } else if (message instanceof DataFrame frame) {
            writeData(ctx, frame.frameNumber(), frame.payload(), promise);
        } else {
            writeBatched(ctx, (MultipathMessage) message, promise);
        }
    }

    private void writeData(ChannelHandlerContext ctx, long frameNumber, ByteBuf payload, ChannelPromise promise) {
        int payloadBytes = payload.readableBytes();
        boolean gathered = payloadBytes >= GATHER_THRESHOLD_BYTES;
        try {
            DataFrame.requirePayload(payload);
            if (gathered) {
                encodeHeader(payloadBytes, frameNumber, batchWithRoom(ctx, MAX_HEADER_BYTES));
            } else {
                encodeHeader(payloadBytes, frameNumber, batchWithRoom(ctx, MAX_HEADER_BYTES + payloadBytes));
                payload.getBytes(payload.readerIndex(), batch, payloadBytes);
            }
        } catch (Throwable e) {
            refuse(payload, promise, e);
            return;
        }
        if (gathered) {
            writeBatch(ctx, ctx.voidPromise());
            writePayload(ctx, payload, promise);
        } else {
            payload.release();
            writeFullBatch(ctx, promise);
        }
    }

    private static void writePayload(ChannelHandlerContext ctx, ByteBuf payload, ChannelPromise promise) {
        if (payload instanceof CompositeByteBuf composite && hasLargeParts(composite)) {
            writeParts(ctx, composite, promise);
        } else {
            ctx.write(payload, promise);
        }
    }

    private static boolean hasLargeParts(CompositeByteBuf composite) {
        int bytes = composite.readableBytes();
        return bytes == composite.capacity() && bytes / composite.numComponents() >= GATHER_THRESHOLD_BYTES;
    }

    /** Each by itself: a channel that is given a composite makes objects to get at its parts. */
    private static void writeParts(ChannelHandlerContext ctx, CompositeByteBuf composite, ChannelPromise promise) {
        try {
            int last = composite.numComponents() - 1;
            for (int i = 0; i < last; i++) {
                ctx.write(composite.internalComponent(i).retain(), ctx.voidPromise());
            }
            ctx.write(composite.internalComponent(last).retain(), promise);
        } finally {
            composite.release();
        }
    }

    private void writeBatched(ChannelHandlerContext ctx, MultipathMessage message, ChannelPromise promise) {
        try {
            encode(ctx, message, batchWithRoom(ctx, MAX_HEADER_BYTES + payloadBytes(message)));
        } catch (Throwable e) {
            refuse(message, promise, e);
            return;
        }
        writeFullBatch(ctx, promise);
    }

    /** Now, if it is full, or if somebody asks for its fate. */
    private void writeFullBatch(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (!promise.isVoid() || batch.readableBytes() >= BATCH_BYTES) {
            writeBatch(ctx, promise);
        }
    }

    private static int payloadBytes(MultipathMessage message) {
        return message instanceof ExtendedFrame extended ? ExtendedFrameEncoding.payloadBytes(extended) : 0;
    }

    /** Makes the room first, so that no frame can be left half encoded. */
    private ByteBuf batchWithRoom(ChannelHandlerContext ctx, int bytes) {
        if (batch == null) {
            batch = bytes <= SpareBatch.BYTES
                    ? SpareBatch.take(ctx.alloc())
                    : ctx.alloc().ioBuffer(bytes);
        }
        return batch.ensureWritable(bytes);
    }

    private void writeBatch(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (batch != null) {
            ByteBuf bytes = batch;
            batch = null;
            ctx.write(bytes, promise);
        }
    }

    private void releaseBatch() {
        if (batch != null) {
            batch.release();
            batch = null;
        }
    }

    private static void refuse(Object message, ChannelPromise promise, Throwable cause) {
        ReferenceCountUtil.release(message);
        promise.tryFailure(cause);
    }
}
